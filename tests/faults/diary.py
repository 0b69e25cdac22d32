"""The simulator, with a diary of the status webhooks that were answered 200: what the audit holds against Kafka.

python -m tests.faults.diary serve

The simulator forgets what was taken, and its database is its own, so it is written down where the answer comes in.
"""

import os
from pathlib import Path
from uuid import UUID, uuid5

from libs.schemas.events import NAMESPACE
from services.gateway.whatsapp.split import split

NAME = "accepted-statuses"


def note(directory: Path, discom: str, body: bytes) -> None:
    """Writes down the statuses of a body: the discom, and the id that their event must have."""
    lines = [
        f"{discom} {uuid5(NAMESPACE, update.dedupe)}\n" for update in split(body).updates if update.kind == "status"
    ]
    with (directory / NAME).open("a", encoding="ascii") as file:
        file.writelines(lines)


def read(directory: Path, discom: str) -> set[UUID]:
    """The ids of one discom's statuses so far."""
    try:
        text = (directory / NAME).read_text(encoding="ascii")
    except FileNotFoundError:
        return set()
    whole = text[: text.rfind("\n") + 1]
    return {UUID(id) for code, id in map(str.split, whole.splitlines()) if code == discom}


def main() -> None:
    """Puts the diary in before the simulator's main begins."""
    from services.simulator.__main__ import main as simulate
    from services.simulator.deliveries import Deliveries
    from services.simulator.store.webhooks import Pending

    directory = Path(os.environ["SIMULATOR_DIR"])
    post = Deliveries._post

    async def noted(self: Deliveries, webhook: Pending) -> bool:
        answered = await post(self, webhook)
        if answered:
            note(directory, webhook.discom, self._store.webhooks.body(webhook.id))
        return answered

    Deliveries._post = noted  # type: ignore[method-assign]
    simulate()


if __name__ == "__main__":
    main()
