"""What the gateway counts. Labels are discoms and kinds, never a person."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

WEBHOOK_UPDATES = Counter("webhook_updates_total", "Updates accepted by the webhook", ["discom", "kind"])
WEBHOOK_ANSWERS = Counter("webhook_answers_total", "Answers of the webhook", ["status"])
WEBHOOK_SECONDS = Histogram(
    "webhook_seconds",
    "Time until the webhook answered",
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 3, 5),
)
COALESCING = Gauge("webhook_coalescing_seconds", "How long updates wait for others to go to Kafka together")
ROUTED = Counter("messages_routed_total", "Messages given to a service", ["discom", "service"])
IGNORED = Counter("messages_ignored_total", "Messages that get no answer", ["discom", "why"])
SENDS = Counter("sends_total", "Bubbles by what became of them", ["discom", "outcome"])
RECEIPTS = Counter("receipts_total", "Read receipts with typing by what became of them", ["discom", "outcome"])
REPEATS = Counter("sends_repeated_total", "Bubbles sent again because their outcome stayed unknown", ["discom"])
WAITING = Gauge("sends_waiting", "Bubbles not sent yet", ["discom"])
STATUSES = Counter("statuses_total", "Status updates", ["discom", "status"])
HELD = Gauge("number_held", "1 while sending from the number is held", ["discom"])
TEMPLATES_HELD = Gauge("templates_held", "Templates that must not be sent for now", ["discom"])
CUT = Counter(
    "sends_cut_total", "Parts of bubbles that were too long for WhatsApp and were shortened", ["discom", "part"]
)
ALERTS = Counter("account_alerts_total", "What Meta says of an account that people should know", ["discom", "field"])

# looking a label up takes longer than counting, so what is counted for every message keeps what it found
update_counter = cache(WEBHOOK_UPDATES.labels)
answer_counter = cache(WEBHOOK_ANSWERS.labels)
routed_counter = cache(ROUTED.labels)
send_counter = cache(SENDS.labels)
