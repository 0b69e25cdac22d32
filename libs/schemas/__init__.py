"""What the services share in meaning: messages, facts, topics, discoms. Pure data, no I/O beyond reading a discom file."""
