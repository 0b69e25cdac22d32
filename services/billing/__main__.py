"""Billing: links the account, tells the bill and the prepaid balance.

python -m services.billing worker --discoms mvvnl,pvvnl     answers messages
python -m services.billing import accounts.csv              fills the accounts that bills come from (import --help)
python -m services.billing demo-data                        2,000 made-up consumers per discom
"""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Worker
from libs.kit.database import migrate, open_pool
from libs.kit.dialogue import apology
from libs.kit.process import Process, discoms_of, parser, run
from libs.kit.settings import Settings
from libs.schemas.discom import Discom
from libs.schemas.topics import INBOUND
from services.billing import store
from services.billing.asker import Asker
from services.billing.backends.database import DatabaseBackend
from services.billing.backlog import Backlog
from services.billing.importer import add_arguments
from services.billing.importer import main as import_file
from services.billing.patience import Patience
from services.billing.worker import TEXTS, Billing

MIGRATIONS = Path(__file__).parent / "migrations"


async def build(process: Process) -> None:
    """One worker per discom, in one process."""
    producer = await kafka.start_producer(process.settings)
    process.closing.append(producer.stop)
    everywhere = discoms_of(process.settings, "all")
    for code, discom in process.discoms.items():
        process.add_lane(code, partial(_open, process.settings, producer, discom, everywhere))


async def _open(
    settings: Settings, producer: AIOKafkaProducer, discom: Discom, discoms: Mapping[str, Discom]
) -> Worker:  # fmt: skip
    pool = await open_pool(settings, "billing", discom.code, size=3)
    await migrate(pool, MIGRATIONS)
    backlog = Backlog()
    worker = Worker(
        settings, "billing", "worker", discom.code, (INBOUND["billing"],), pool, producer,
        Billing(discom, backlog).handle, apologise=apology(TEXTS, "billing"),
    )  # fmt: skip
    asker = Asker(worker, backlog, DatabaseBackend(pool), discom, discoms)
    patience = Patience(worker, backlog, discom.code)
    worker.companions = (asker.run, patience.run, partial(store.keep_lookups_few, pool))
    return worker


def main() -> int:
    """Parses the command line and runs one command."""
    arguments = parser("billing", __doc__)
    commands = arguments.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("worker", help="answers messages")
    worker.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    add_arguments(commands.add_parser("import", help="fills the accounts that bills come from"))
    commands.add_parser("demo-data", help="2,000 made-up consumers per discom")
    given = arguments.parse_args()
    match given.command:
        case "worker":
            run(Settings, "billing", "worker", given.discoms, build)
            return 0
        case "import":
            return import_file(given, MIGRATIONS)
        case _:
            # production's image holds no demo
            from services.billing.demo import main as demo_data

            return demo_data(MIGRATIONS)


if __name__ == "__main__":
    sys.exit(main())
