"""Who is told that the answer takes a moment. Pure."""

from datetime import UTC, datetime
from uuid import uuid4

from libs.kit.batch import Record
from libs.schemas.events import root_event
from libs.schemas.messages import Merge
from services.billing.asker import HOPE
from services.billing.domain import Ask
from services.billing.patience import MOMENT, MOST, due
from services.billing.store import Waiting

NOW = 1000.0
OURS = ("m.billing.inbound.v1", 0)


def waiting(id: int, chat: str = "a", since: float = MOMENT, partition: int = 0) -> Waiting:
    at = datetime.now(UTC)
    data = Merge(discom="m", old_chat_id="x", new_chat_id="y", at=at)  # what it holds does not matter here
    event = root_event(uuid4(), "chat.merged", "m/gateway", at, chat, data)
    record = Record(event, OURS[0], partition, id, b"", (), b"")
    return Waiting(record, chat, Ask("bill", "1000000017"), id, NOW - since)


def ids(*items: Waiting, told: set[int] | None = None) -> list[int]:
    return [item.id for item in due(items, NOW, told or set(), {OURS})]


def test_nobody_is_told_within_a_moment_and_nobody_who_is_given_up() -> None:
    assert ids(waiting(1, since=MOMENT - 0.01)) == []
    assert ids(waiting(1, since=MOMENT)) == [1]
    assert ids(waiting(1, since=HOPE)) == []


def test_a_message_is_told_of_once() -> None:
    assert ids(waiting(1), waiting(2, "b"), told={1}) == [2]


def test_only_the_first_of_a_chat_counts() -> None:
    assert ids(waiting(1, since=0.1), waiting(2)) == []
    assert ids(waiting(1), waiting(2)) == [1]


def test_another_owners_messages_are_not_ours_to_tell_of() -> None:
    assert ids(waiting(1, partition=1), waiting(2, "b")) == [2]


def test_where_very_many_wait_only_some_are_told() -> None:
    assert len(ids(*(waiting(n, str(n)) for n in range(MOST + 20)))) == MOST
