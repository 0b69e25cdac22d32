"""What WhatsApp's messages, refusals and webhooks look like. Pure: no clock, no chance, no I/O."""
