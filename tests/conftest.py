"""Real Kafka and real PostgreSQL for a whole run; the system of all services on them for tests that talk to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from deploy.local.system import System
from libs.kit.settings import Settings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Kafka and PostgreSQL from `deploy/local`, with the superuser's settings."""
    directory = tmp_path_factory.mktemp("stack")
    async with (
        LocalKafka(directory / "kafka", heap="384m") as broker,
        LocalPostgres(directory / "postgres", shared_buffers="64MB") as postgres,
    ):
        yield Settings(
            environment="test",
            kafka_bootstrap=broker.bootstrap,
            postgres_dsn=postgres.dsn,
            postgres_password_dir=directory / "passwords",
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """All services and the simulator as processes, with the demo's consumers."""
    directory = tmp_path_factory.mktemp("system")
    async with System(directory, stack.kafka_bootstrap, stack.postgres_dsn) as running:
        yield running
