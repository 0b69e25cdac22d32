"""Places where a test may kill the process: `FAILPOINT=after_commit:0.01,sender_before_call:1` dies there by chance.

Production refuses to start with one set; an unknown name stops every start with the list of those that exist
(`libs.kit.settings`).
"""

import os
import random
import signal
from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "webhook_before_kafka": "a POST was read and verified, nothing of it is on its way to Kafka",
    "webhook_before_ack": "all records of a POST were handed to the producer, none is known to be in Kafka",
    "webhook_after_kafka": "all records of a POST are in Kafka, WhatsApp does not know it",
    "after_claim": "a partition is ours, its last owner's leftovers are not published",
    "after_poll": "records were read, nothing was done about them",
    "in_transaction": "inbox, state and outbox are written, not committed",
    "after_commit": "committed, nothing of it published",
    "after_publish": "published, still in the outbox",
    "after_outbox_delete": "published rows have just been deleted from the outbox, together with the next effects",
    "before_offset_commit": "all is done, Kafka would give the same records again",
    "before_answer": "the billing system has answered, nothing is written",
    "sender_before_call": "the ledger says sending, WhatsApp was not called",
    "sender_after_call": "WhatsApp was called, the ledger does not know its answer",
    "statuses_before_ledger": "statuses were read, the ledger does not know them",
}
"""Each boundary, and what is true there."""

_armed: dict[str, float] = {}


def parse(text: str) -> dict[str, float]:
    """Names with their chances. Raises ValueError on anything that would arm nothing."""
    found = {}
    for name, _, chance in (part.strip().partition(":") for part in text.split(",") if part.strip()):
        if name not in NAMES:
            raise ValueError(f"FAILPOINT: there is no {name!r}; there are {', '.join(NAMES)}")
        try:
            found[name] = float(chance or 1)
        except ValueError:
            found[name] = -1.0
        if not 0 <= found[name] <= 1:
            raise ValueError(f"FAILPOINT: {name} wants a chance from 0 to 1, such as {name}:0.01")
    return found


def arm(text: str) -> None:
    """From now on this process may die at these places."""
    _armed.update(parse(text))


def failpoint(name: str) -> None:
    """Dies by SIGKILL, as a machine that loses power would, if this name is armed and chance wants it."""
    if _armed and random.random() < _armed.get(name, 0.0):
        os.write(2, f"failpoint {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
