"""Complaints: registers, tracks, escalates and closes complaints; officers work on them in a browser.

python -m services.complaints worker --discoms mvvnl,pvvnl     answers messages, escalates, sends notices
"""

from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Worker
from libs.kit.database import migrate, open_pool
from libs.kit.dialogue import apology
from libs.kit.process import Process, parser, run
from libs.kit.settings import Settings
from libs.schemas.discom import Discom
from libs.schemas.topics import INBOUND
from services.complaints.clock import Clock
from services.complaints.worker import TEXTS, Complaints

MIGRATIONS = Path(__file__).parent / "migrations"


async def build_worker(process: Process) -> None:
    """One worker and its clock per discom, in one process."""
    producer = await kafka.start_producer(process.settings)
    process.closing.append(producer.stop)
    for code, discom in process.discoms.items():
        process.add_lane(code, partial(_open, process.settings, producer, discom))


async def _open(settings: Settings, producer: AIOKafkaProducer, discom: Discom) -> Worker:
    pool = await open_pool(settings, "complaints", discom.code, size=3)
    await migrate(pool, MIGRATIONS)
    worker = Worker(
        settings, "complaints", "worker", discom.code, (INBOUND["complaints"],), pool, producer,
        Complaints(discom).handle, apologise=apology(TEXTS, "complaints"),
    )  # fmt: skip
    worker.companions = (Clock(worker).run,)
    return worker


def main() -> None:
    """Parses the command line and runs one command."""
    arguments = parser("complaints", __doc__)
    arguments.add_argument("command", choices=("worker",))
    arguments.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    given = arguments.parse_args()
    run(Settings, "complaints", "worker", given.discoms, build_worker)


if __name__ == "__main__":
    main()
