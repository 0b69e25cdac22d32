"""What was answered 200 and is not in Kafka is lost, messages and statuses alike."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.files import ROOT
from libs.kit.audit import Findings, Seen, Tables, Trail
from libs.schemas.discom import load
from libs.schemas.topics import STATUSES
from services.gateway.webhook import Webhook
from tests.faults import diary
from tests.faults.phones import Phones, compared

DISCOM = load(ROOT / "deploy" / "discoms" / "mvvnl.toml")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ID = UUID(int=1)


@pytest.mark.parametrize("phones", [Phones(accepted={ID}), Phones(statuses={ID})])
def test_what_kafka_does_not_hold_is_lost(phones: Phones) -> None:
    found = compared(Findings("mvvnl"), phones, Trail("mvvnl", NOW), Tables())
    assert list(found.lost) == [str(ID)] and "Kafka does not hold it" in found.lost[str(ID)]


def test_a_status_that_kafka_holds_is_counted() -> None:
    trail = Trail("mvvnl", NOW)
    trail.events[STATUSES.pattern][ID] = Seen(ID, "update.received", ID, "key", 0, 0, NOW.date(), NOW, "gateway")
    found = compared(Findings("mvvnl"), Phones(statuses={ID}), trail, Tables())
    assert found.clean and found.statuses == 1


def test_the_diary_knows_statuses_by_the_ids_that_the_webhook_gives_their_events(tmp_path: Path) -> None:
    assert diary.read(tmp_path, "mvvnl") == set()
    statuses = [{"id": f"wamid.{n}", "status": "read", "recipient_id": "919800000001"} for n in range(2)]
    message = {"id": "wamid.3", "from": "919800000001", "type": "text", "text": {"body": "1"}}
    number = {"metadata": {"phone_number_id": DISCOM.phone_number_id}}
    told: tuple[dict[str, object], ...] = ({"statuses": statuses}, {"messages": [message]})
    changes = [{"field": "messages", "value": number | part} for part in told]
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()
    diary.note(tmp_path, "mvvnl", body)
    diary.note(tmp_path, "pvvnl", body.replace(b"wamid.", b"wamid.9"))
    with (tmp_path / diary.NAME).open("a") as file:
        file.write("mvvnl half-a-li")
    webhook = Webhook(cast(AIOKafkaProducer, None), {"mvvnl": DISCOM}, (), "", b"key")
    written = {event.id for topic, _, event, _ in webhook._records(body) if topic == STATUSES.name("mvvnl")}
    assert len(written) == 2 and diary.read(tmp_path, "mvvnl") == written
