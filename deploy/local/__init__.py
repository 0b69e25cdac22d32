"""Apache Kafka, PostgreSQL and all services on one machine, without Docker: for the demo, tests and benchmark.

async with LocalKafka(directory) as kafka, LocalPostgres(directory, shared_buffers="128MB") as postgres:
    kafka.bootstrap, postgres.dsn
"""
