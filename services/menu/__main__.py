"""Menu: greets, shows the six options, understands free text, gives links and contacts.

python -m services.menu worker --discoms mvvnl,pvvnl     answers messages
python -m services.menu understand < texts.txt           what texts mean, one JSON line each
"""

import sys
from functools import partial
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Worker
from libs.kit.database import migrate, open_pool
from libs.kit.dialogue import apology
from libs.kit.process import Process, parser, run
from libs.kit.settings import Settings
from libs.language import as_json
from libs.schemas.discom import Discom
from libs.schemas.topics import INBOUND
from services.menu.worker import TEXTS, Menu


async def build(process: Process) -> None:
    """One worker per discom, in one process."""
    producer = await kafka.start_producer(process.settings)
    process.closing.append(producer.stop)
    for code, discom in process.discoms.items():
        process.add_lane(code, partial(_open, process.settings, producer, discom))


async def _open(settings: Settings, producer: AIOKafkaProducer, discom: Discom) -> Worker:
    pool = await open_pool(settings, "menu", discom.code)
    await migrate(pool, Path(__file__).parent / "migrations")
    return Worker(
        settings, "menu", "worker", discom.code, (INBOUND["menu"],), pool, producer, Menu(discom).handle,
        apologise=apology(TEXTS, "menu"),
    )  # fmt: skip


def understand() -> None:
    """Prints what each line of the input means."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        sys.stdout.buffer.write(orjson.dumps(as_json(text)) + b"\n")
        sys.stdout.buffer.flush()


def main() -> None:
    """Parses the command line and runs one command."""
    arguments = parser("menu", __doc__)
    arguments.add_argument("command", choices=("worker", "understand"))
    arguments.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    given = arguments.parse_args()
    if given.command == "understand":
        understand()
    else:
        run(Settings, "menu", "worker", given.discoms, build)


if __name__ == "__main__":
    main()
