"""What billing counts beside every worker's metrics."""

from prometheus_client import Counter, Histogram

BACKEND_SECONDS = Histogram(
    "billing_backend_seconds", "How long the billing system took to answer", ["discom"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)  # fmt: skip
BACKEND_FAILURES = Counter("billing_backend_failures_total", "Calls that the billing system did not answer", ["discom"])
LATER = Counter("billing_later_total", "Consumers who were asked to look again later", ["discom"])
