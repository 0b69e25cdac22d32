"""What a handler gets to see: records that are new, one transaction, and a way to say what follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from libs.kit.database import Connection
from libs.kit.outbox import Outgoing
from libs.schemas.events import Event
from libs.schemas.topics import Topic


@dataclass(slots=True)
class Record:
    """One Kafka record that holds an event."""

    event: Event
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    followers: int = 0
    """How many events follow from it so far: the ordinal of the next."""

    @property
    def source(self) -> tuple[str, int]:
        return (self.topic, self.partition)


@dataclass(slots=True)
class Batch:
    """Records of one transaction, none of which had its effect before."""

    discom: str
    service: str
    connection: Connection
    records: list[Record]
    outgoing: list[Outgoing] = field(default_factory=list)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def emit(self, cause: Record, topic: Topic, type: str, subject: str, data: BaseModel) -> Event:
        """Publishes what follows from a record once the transaction is committed; the same id on every run."""
        event = cause.event.follow(cause.followers, type, f"{self.discom}/{self.service}", subject, data)
        cause.followers += 1
        self.outgoing.append(Outgoing.of(event, topic.name(self.discom), cause.source))
        return event
