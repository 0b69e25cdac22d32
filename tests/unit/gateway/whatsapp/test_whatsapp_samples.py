"""Every row of the contract as a body: its normal form, what was said, and by whom."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.gateway.whatsapp import sender_of, to_content
from services.gateway.whatsapp.normal_form import normal_form
from services.gateway.whatsapp.split import split

SAMPLES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "samples").glob("*.json"))
}
MESSAGES = [name for name, sample in SAMPLES.items() if "content" in sample]


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SAMPLES[request.param]


def test_a_body_has_the_normal_form_of_the_contract_keys_in_order(sample: dict[str, Any]) -> None:
    for raw in (json.dumps(sample["body"]), json.dumps(sample["body"], ensure_ascii=False, indent=1)):
        found = normal_form(raw.encode())
        assert json.dumps(found, indent=1) == json.dumps(sample["normal_form"], indent=1)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_understood_as_the_sample_says(name: str) -> None:
    sample = SAMPLES[name]
    (update,) = split(json.dumps(sample["body"]).encode()).updates
    (message,) = update.value["messages"]
    content = to_content(message)
    assert (content.model_dump() if content else "no answer due") == sample["content"]
    assert sender_of(update.value, message).model_dump() == sample["sender"]


def test_every_event_of_the_normal_form_is_one_update(sample: dict[str, Any]) -> None:
    updates = split(json.dumps(sample["body"]).encode()).updates
    assert len(updates) == len(sample["normal_form"]["events"])
    kinds = {
        "message": "message", "system": "message", "user_preference": "message", "user_id_update": "message",
        "status": "status",
    }  # fmt: skip
    for update, event in zip(updates, sample["normal_form"]["events"], strict=True):
        assert update.kind == ("account" if event.get("call") else kinds.get(event["kind"], "account"))


def test_what_is_no_envelope_or_broken_is_kept_with_a_reason_and_empty_ones_are_not(sample: dict[str, Any]) -> None:
    found = split(json.dumps(sample["body"]).encode())
    broken = sample["normal_form"]["disposition"] not in ("ok", "empty") or None in sample["body"].get("entry", [])
    assert bool(found.unsplit) is broken
