"""The audit looks again for as long as something is under way or unsent, and not longer than its patience."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from libs.kit import audit as kit
from libs.kit.audit import Findings, Seen, Tables, Trail, audit
from libs.kit.audit.tables import Sent
from libs.kit.settings import Settings
from libs.schemas.topics import NOTICES

DAY, NOW = date(2026, 11, 25), datetime(2026, 11, 25, 12, tzinfo=UTC)
ID = UUID(int=1)


class Kafka:
    """One notice and nothing else."""

    def __init__(self, _: Settings, trail: Trail) -> None:
        trail.events[NOTICES.pattern][ID] = Seen(ID, "notice.requested", ID, "c", 0, 0, DAY, NOW, "complaints")

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def catch_up(self) -> None: ...

    async def waiting(self) -> int:
        return 0


def ledger(states: Callable[[int], str]) -> type:
    """Databases that hold the notice in these states, look by look."""

    class Ledger:
        def __init__(self, _: Settings, __: str) -> None:
            self.looks = 0

        async def open(self) -> None: ...

        async def close(self) -> None: ...

        async def read(self, _: Trail) -> Tables:
            self.looks += 1
            return Tables(sends={ID: Sent(1, states(self.looks), 0, "")})

    return Ledger


async def looked(monkeypatch: pytest.MonkeyPatch, patience: float, states: Callable[[int], str]) -> Findings:
    monkeypatch.setattr(kit, "Reader", Kafka)
    monkeypatch.setattr(kit, "Databases", ledger(states))
    monkeypatch.setattr(kit, "PAUSE_SECONDS", 0.01)
    settings = Settings(environment="test", kafka_bootstrap="none", postgres_dsn="none", postgres_password_dir=Path())
    return await audit(settings, "mvvnl", NOW, patience)


async def test_what_is_unsent_at_first_and_sent_then_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await looked(monkeypatch, 60, lambda look: "sending" if look < 3 else "sent")
    assert found.clean and found.arrived == 1 and found.seconds < 60


async def test_what_is_unsent_for_all_of_its_patience_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await looked(monkeypatch, 0.1, lambda _: "queued")
    assert list(found.stuck) == [str(ID)] and not found.clean and not found.lost and found.seconds > 0.1
