"""What is counted. Labels are discoms and words of ours, never a person."""

from prometheus_client import Counter, Gauge, Histogram

SENDS = Counter("simulator_sends_total", "Requests to the messages endpoint", ["discom", "answer"])
WRITTEN = Counter("simulator_written_total", "Messages written at phones", ["discom", "type"])
WEBHOOKS = Counter("simulator_webhooks_total", "Webhook POSTs by what was answered", ["discom", "answer"])
LOST = Counter("simulator_webhooks_lost_total", "Webhooks given up after 7 days", ["discom"])
WAITING = Gauge("simulator_webhooks_waiting", "Webhooks still to be delivered", ["discom"])
WEBHOOK_SECONDS = Histogram("simulator_webhook_seconds", "How long the receiver took to answer")
