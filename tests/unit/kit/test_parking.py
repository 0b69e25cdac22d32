"""What a consumer hears about a parked message, and after it was sent again."""

from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from libs.kit.batch import Batch, Record
from libs.kit.database import Connection
from libs.kit.dialogue import apology
from libs.schemas.events import root_event
from libs.schemas.messages import Message, Reply, Sender, Text
from libs.schemas.topics import REPLIES
from services.menu.worker import TEXTS


def test_the_answer_after_a_replay_is_not_taken_for_a_repeat_of_the_apology() -> None:
    chat, at = str(uuid4()), datetime.now(UTC)
    message = Message(
        discom="mvvnl", chat_id=chat, turn=1, at=at, sender=Sender(user_id="IN.1"), content=Text(body="hi")
    )
    event = root_event(uuid4(), "message.received", "mvvnl/gateway", at, chat, message)
    answer = Reply(discom="mvvnl", chat_id=chat, turn=1, at=at, service="menu", body="answer")
    parked, replayed = (Record(event, "mvvnl.menu.inbound.v1", 0, 7, b"", (), b"") for _ in range(2))
    batch = Batch("mvvnl", "menu", cast(Connection, None), [parked])
    apology(TEXTS, "menu")(batch, parked)
    batch.emit(replayed, REPLIES, "reply.requested", chat, answer)
    first, second = ([value for name, value in event.headers if name == "ce_id"] for event in batch.outgoing)
    assert first != second
