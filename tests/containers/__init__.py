"""Kafka and PostgreSQL in containers, with the same handles as those of `deploy/local`; and the choice between them."""
