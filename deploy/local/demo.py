"""The demo: Kafka, PostgreSQL and all services on this machine, until it is told to stop."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local import processes
from deploy.local.child import stop_leftover, whole
from deploy.local.files import DEMO_FILE, DEMO_LOCK, LOCAL, ROOT, LocalError, Lock, write_private
from deploy.local.kafka import LocalKafka
from deploy.local.network import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.processes import ADMIN_PORTS, PROCESSES, SEED, SETUP, Places, Process
from deploy.local.progress import Progress
from deploy.local.supervisor import RUN, Service, Supervisor, log_file, run_once, together


async def demo(progress: Progress) -> None:
    """Runs until cancelled. Whatever happens, nothing it started is left behind."""
    with Lock(DEMO_LOCK) as lock:
        if (holder := lock.acquire()) is not None:
            raise LocalError(
                f"The demo of this checkout runs already, as process {holder}; addresses are in {DEMO_FILE}."
            )
        DEMO_FILE.unlink(missing_ok=True)
        for pid_file in RUN.glob("*.pid"):
            await stop_leftover(pid_file)
        running = Demo(progress)
        try:
            await running.start()
            await running.supervisor.watch()
        finally:
            await whole(running.stop())


class Demo:
    """What runs, and where."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.supervisor = Supervisor(progress, self._publish)
        self.kafka = None if os.environ.get("KAFKA_BOOTSTRAP") else _kafka(progress)
        self.postgres = None if os.environ.get("POSTGRES_DSN") else _postgres(progress)
        self.ports: dict[str, int] = {}
        self.places: Places | None = None
        self._ready = False

    async def start(self) -> None:
        """Everything in order, side by side where one does not need the other."""
        for process in PROCESSES:
            if process.port:
                self.ports[process.name] = free_port(process.port, self.ports.values())
        early = [process for process in PROCESSES if process.early]
        await together(self._start_kafka(), self._start_postgres(), self.supervisor.start(self._services(early)))
        self.places = places = self._places()
        environment = processes.environment(places)
        await run_once(SETUP, environment | {"POSTGRES_DSN": places.postgres})
        self.progress("logins, databases and topics are there")
        await run_once(SEED, environment)
        self.progress("consumers to play with are there")
        await self.supervisor.start(self._services([process for process in PROCESSES if not process.early]))
        # last in the list, so that services are told first
        self.supervisor.items += [item for item in (self.kafka, self.postgres) if item]
        self._ready = True
        self._publish()
        self.progress("ready")
        self._summary(places)

    async def stop(self) -> None:
        """Services first, then PostgreSQL and Kafka; the data stays."""
        self._ready = False
        DEMO_FILE.unlink(missing_ok=True)
        self.progress("stopping")
        await self.supervisor.stop()
        await together(*(item.stop() for item in (self.kafka, self.postgres) if item))
        self.progress("stopped; nothing is left running")

    async def _start_kafka(self) -> None:
        if self.kafka is None:
            self.progress(f"Kafka: KAFKA_BOOTSTRAP is set, using {os.environ['KAFKA_BOOTSTRAP']}")
            return
        await self.kafka.start()
        self.progress(f"Kafka answers on {self.kafka.bootstrap} (pid {self.kafka.pid})")

    async def _start_postgres(self) -> None:
        if self.postgres is None:
            address = processes.without_login(os.environ["POSTGRES_DSN"])
            self.progress(f"PostgreSQL: POSTGRES_DSN is set, using {address}")
            return
        await self.postgres.start()
        address = processes.without_login(self.postgres.dsn)
        self.progress(f"PostgreSQL answers on {address} (pid {self.postgres.pid})")

    def _places(self) -> Places:
        return Places(
            self.ports,
            kafka=self.kafka.bootstrap if self.kafka else os.environ.get("KAFKA_BOOTSTRAP", ""),
            postgres=self.postgres.dsn if self.postgres and self.postgres.port else os.environ.get("POSTGRES_DSN", ""),
        )

    def _services(self, wanted: list[Process]) -> list[Service]:
        environment = processes.environment(self.places or Places(self.ports, kafka="", postgres=""))
        services = []
        for process in wanted:
            admin = free_port(ADMIN_PORTS + PROCESSES.index(process), self.ports.values())
            self.ports[f"{process.name} admin"] = admin
            own = {"ADMIN_PORT": str(admin)}
            if process.port:
                own["PORT"] = str(self.ports[process.name])
            services.append(Service(process, environment | own, admin))
        return services

    def _publish(self) -> None:
        """Writes what tools need to find their way; before everything is ready there is no such file."""
        if self._ready and self.places:
            write_private(DEMO_FILE, json.dumps(_contents(self.places, self.supervisor.pids), indent=2) + "\n")

    def _summary(self, places: Places) -> None:
        whatsapp = os.environ.get("WHATSAPP_BASE_URL")
        lines = [
            "",
            f"  Phones    {places.url('simulator', '/')}   write to any of the numbers from here",
            f"  Console   {places.url('console', '/')}   where officers work on complaints",
            f"            log in as mvvnl.officer; passwords are in {_short(LOCAL / 'secrets' / 'console')}/",
            f"  Webhook   {places.url('gateway-webhook', '/webhook')}",
            *([f"  WhatsApp  {whatsapp}   (WHATSAPP_BASE_URL)"] if whatsapp else []),
            f"  Logs      {_short(LOCAL / 'logs')}/   addresses and secrets for tools: {_short(DEMO_FILE)}",
            f"  Stop      Ctrl-C (or kill {os.getpid()}); data stays, `make clean-local` drops it",
            "",
        ]
        self.progress.plain("\n".join(lines))


def _kafka(progress: Progress) -> LocalKafka:
    return LocalKafka(LOCAL / "kafka", log=log_file("kafka"), say=progress)


def _postgres(progress: Progress) -> LocalPostgres:
    return LocalPostgres(LOCAL / "postgres", log=log_file("postgres"), say=progress)


def _contents(places: Places, pids: Mapping[str, int]) -> dict[str, object]:
    from libs.schemas.discom import load_all

    environment = processes.environment(places)
    numbers = {}
    for code, discom in load_all(Path(environment["DISCOMS_DIR"])).items():
        number = os.environ.get(f"{code.upper()}_PHONE_NUMBER_ID") or discom.phone_number_id
        numbers[code] = {"phone_number_id": number, "display_phone_number": discom.display_phone_number}
    return {
        "webhook": places.url("gateway-webhook", "/webhook"),
        "phone": places.url("simulator", "/"),
        "console": places.url("console", "/"),
        "kafka": places.kafka,
        "postgres": places.postgres,
        "app_secret": environment["WHATSAPP_APP_SECRET"],
        "verify_token": environment["WHATSAPP_VERIFY_TOKEN"],
        "access_token": environment["WHATSAPP_ACCESS_TOKEN"],
        "numbers": numbers,
        "pids": dict(pids),
    }


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))
