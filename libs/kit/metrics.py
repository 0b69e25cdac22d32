"""Prometheus metrics that every worker has. Labels are services, roles and discoms, never a person."""

from prometheus_client import Counter, Histogram

RECORDS = Counter("records_total", "Kafka records consumed", ["service", "role", "discom"])
EVENTS_OUT = Counter("events_published_total", "Events published", ["service", "role", "discom"])
RESTARTS = Counter("worker_restarts_total", "Consumers that started over", ["service", "role", "discom", "reason"])
BATCH_RECORDS = Histogram(
    "batch_records", "Records per transaction", ["service", "role"], buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
