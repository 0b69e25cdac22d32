"""Real Kafka and real PostgreSQL for a whole run; the system of all services on them for tests that talk to it."""

import shutil
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.files import ROOT
from deploy.local.system import System
from libs.kit.settings import Settings
from tests.containers import choice


def pytest_configure() -> None:
    """A shell starts what it runs in the background deaf to Ctrl-C, and the processes that tests start inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Where this run finds Kafka and PostgreSQL."""
    return f"Kafka and PostgreSQL: {choice.chosen()}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Kafka and PostgreSQL, one of each for all tests, with the superuser's settings."""
    directory = tmp_path_factory.mktemp("stack")
    async with (
        choice.kafka(directory / "kafka", heap="384m") as broker,
        choice.postgres(directory / "postgres", shared_buffers="64MB") as postgres,
    ):
        yield Settings(
            environment="test",
            kafka_bootstrap=broker.bootstrap,
            postgres_dsn=postgres.dsn,
            postgres_password_dir=directory / "passwords",
        )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """All services and the simulator as processes, with the demo's consumers, for six discoms: one is KESCO joined."""
    directory = tmp_path_factory.mktemp("system")
    discoms = directory / "discoms"
    shutil.copytree(ROOT / "deploy" / "discoms", discoms)
    (discoms / "kanpur.toml").write_text(joined_kesco((discoms / "kesco.toml").read_text("utf-8")), "utf-8")
    settings = {"DISCOMS_DIR": str(discoms)}
    async with System(directory, stack.kafka_bootstrap, stack.postgres_dsn, settings=settings) as running:
        yield running


def joined_kesco(text: str) -> str:
    """KESCO's file with the switch flipped, and under another name and number, so that both are there."""
    flipped = (
        ('code = "kesco"', 'code = "kanpur"'),
        ("8287835233", "8287835234"),
        ("100000000000005", "100000000000006"),
        ('prefixes = ["5"]', 'prefixes = ["6"]'),
        ("open = false", "open = true"),
    )
    for old, new in flipped:
        assert old in text, old
        text = text.replace(old, new)
    return text
