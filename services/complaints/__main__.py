"""Complaints: registers, tracks, escalates and closes complaints; officers work on them in a browser.

python -m services.complaints worker --discoms mvvnl,pvvnl     answers messages, escalates, sends notices
python -m services.complaints console                          the officers' pages, on PORT
"""

from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Worker
from libs.kit.database import Pool, migrate, open_pool
from libs.kit.dialogue import apology
from libs.kit.process import Process, parser, run
from libs.kit.settings import Settings
from libs.schemas.discom import Discom
from libs.schemas.topics import INBOUND
from services.complaints.clock import Clock
from services.complaints.console.desk import Desk
from services.complaints.console.officers import Officers
from services.complaints.console.sessions import Sessions
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


class ConsoleSettings(Settings):
    """What the console reads on top."""

    host: str = "127.0.0.1"
    port: int = 8082
    console_passwords_dir: Path = Path(".local/secrets/console")
    """A file per officer, `<discom>.<name>`, with the password. The demo makes one for each discom."""


async def build_console(process: Process) -> None:
    """One web server for all discoms, with a database each."""
    # a server and a framework that the worker does not need: it starts sooner and stays smaller without
    from libs.kit.http import HttpServer
    from services.complaints.console.app import Console

    settings = process.settings
    assert isinstance(settings, ConsoleSettings)
    production, pools = settings.environment == "production", dict[str, Pool]()
    officers = Officers(settings.console_passwords_dir, process.discoms, make_missing=not production)
    sessions = Sessions(settings.console_passwords_dir)
    for code in process.discoms:
        process.add_lane(code, partial(_open_desk, settings, code, pools))
    console = Console(process.discoms, pools, officers, sessions, secure=production)
    server = HttpServer(console.app(), settings.host, settings.port, behind_proxy=True)
    process.workers.append(server)
    process.checks["http"] = server.check
    process.checks.pop("kafka", None)  # facts and notices wait in the database for the worker


async def _open_desk(settings: Settings, code: str, pools: dict[str, Pool]) -> Desk:
    pool = await open_pool(settings, "complaints", code, size=3)
    await migrate(pool, MIGRATIONS)
    pools[code] = pool
    return Desk(pool)


def main() -> None:
    """Parses the command line and runs one command."""
    arguments = parser("complaints", __doc__)
    arguments.add_argument("command", choices=("worker", "console"))
    arguments.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    given = arguments.parse_args()
    if given.command == "console":
        run(ConsoleSettings, "complaints", "console", given.discoms, build_console)
    else:
        run(Settings, "complaints", "worker", given.discoms, build_worker)


if __name__ == "__main__":
    main()
