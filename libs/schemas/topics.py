"""Every topic, once: who writes, who reads, under which key, for how long.

Topic creation, subscriptions and the catalogue in `docs/events.md` come from this table.
"""

from dataclasses import dataclass
from typing import Literal

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic per discom, or one for all where the name holds no `{discom}`."""

    pattern: str
    key: str
    types: tuple[str, ...]
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    retention_days: int
    purpose: str
    partitions: Literal["discom"] | int = "discom"

    @property
    def per_discom(self) -> bool:
        return "{discom}" in self.pattern

    def name(self, discom: str = "") -> str:
        """The name on the broker: `<discom>.<service>.<kind>.v<major>`."""
        return self.pattern.format(discom=discom)

    def groups(self, discom: str) -> list[str]:
        """The consumer groups of its readers in one discom: `<discom>.<service>.<role>`."""
        return [f"{discom}.{service}.{role or 'worker'}" for service, _, role in map(_words, self.readers)]


def _words(reader: str) -> tuple[str, str, str]:
    return reader.partition(" ")


RECEIVED = Topic(
    "{discom}.gateway.received.v1",
    "HMAC of the sender",
    ("update.received",),
    ("gateway webhook",),
    ("gateway router",),
    8,
    "One update of a webhook POST as received. WhatsApp repeats for 7 days, so it is kept for 8.",
)
STATUSES = Topic(
    "{discom}.gateway.statuses.v1",
    "HMAC of the message id",
    ("update.received",),
    ("gateway webhook",),
    ("gateway statuses",),
    8,
    "What became of our sends; apart, so that a storm of them delays no message.",
)
ACCOUNT = Topic(
    "gateway.account.v1",
    "WABA id",
    ("update.received",),
    ("gateway webhook",),
    ("gateway sender",),
    7,
    "Template, quality and account updates, which belong to no discom.",
    partitions=1,
)
UNPARSED = Topic(
    "gateway.unparsed.v1",
    "none",
    ("update.unparsed",),
    ("gateway webhook",),
    (),
    30,
    "What could not be split, or is for a number that is not ours: kept for people.",
    partitions=1,
)
REPLIES = Topic(
    "{discom}.gateway.replies.v1",
    "chat",
    ("reply.requested", "typing.requested", "reply.withheld"),
    ("menu", "billing", "complaints", "gateway router"),
    ("gateway sender",),
    7,
    "Answers to a consumer who is waiting, the sign that one takes a moment, and the word that none is due.",
)
NOTICES = Topic(
    "{discom}.gateway.notices.v1",
    "chat",
    ("reply.requested",),
    ("complaints",),
    ("gateway sender",),
    7,
    "What nobody is waiting for (status pushes); sent after replies.",
)


def _inbound(service: str) -> Topic:
    return Topic(
        f"{{discom}}.{service}.inbound.v1",
        "chat",
        ("message.received", "message.handed_over", "chat.merged"),
        ("gateway router", "menu", "billing", "complaints"),
        (service,),
        7,
        f"What {service} is to answer.",
    )


INBOUND = {service: _inbound(service) for service in ("menu", "billing", "complaints")}
FACTS = {
    "billing": Topic(
        "{discom}.billing.events.v1",
        "chat",
        ("account.linked", "bill.shown"),
        ("billing",),
        ("insights",),
        30,
        "Facts about accounts and bills, without amounts or numbers.",
    ),
    "complaints": Topic(
        "{discom}.complaints.events.v1",
        "complaint",
        ("complaint.registered", "complaint.status_changed"),
        ("complaints",),
        ("insights",),
        30,
        "Facts about complaints.",
    ),
}

ALL: tuple[Topic, ...] = (RECEIVED, STATUSES, ACCOUNT, UNPARSED, *INBOUND.values(), REPLIES, NOTICES, *FACTS.values())
