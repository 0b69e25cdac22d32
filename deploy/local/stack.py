"""Kafka and PostgreSQL alone, for working on a service; and commands with the environment of the running demo."""

import asyncio
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from deploy.local import processes
from deploy.local.child import whole
from deploy.local.files import DEMO_FILE, DEMO_LOCK, LOCAL, LocalError, Lock
from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres
from deploy.local.progress import Progress
from deploy.local.supervisor import log_file, together


async def stack(progress: Progress) -> None:
    """Runs both on the demo's data until cancelled; prints their addresses as one line of JSON when they answer."""
    with Lock(DEMO_LOCK) as lock:
        if (holder := lock.acquire()) is not None:
            raise LocalError(
                f"The demo of this checkout runs already, as process {holder}: use its Kafka and PostgreSQL."
            )
        kafka = LocalKafka(LOCAL / "kafka", log=log_file("kafka"), say=progress)
        postgres = LocalPostgres(LOCAL / "postgres", log=log_file("postgres"), say=progress)
        try:
            await together(kafka.start(), postgres.start())
            progress.plain(json.dumps({"KAFKA_BOOTSTRAP": kafka.bootstrap, "POSTGRES_DSN": postgres.dsn}))
            await asyncio.Event().wait()
        finally:
            await whole(together(kafka.stop(), postgres.stop()))


def run(command: list[str]) -> int:
    """Runs a command as a service of the running demo would be run; without a demo, with the environment as it is."""
    environment = dict(os.environ)
    if DEMO_FILE.exists():
        demo = json.loads(DEMO_FILE.read_text(encoding="utf-8"))
        ports = {"simulator": demo["phone"], "gateway-webhook": demo["webhook"], "console": demo["console"]}
        places = processes.Places(
            {name: urlsplit(address).port or 0 for name, address in ports.items()}, demo["kafka"], demo["postgres"]
        )
        environment = processes.environment(places)
    elif not os.environ.get("KAFKA_BOOTSTRAP") or not os.environ.get("POSTGRES_DSN"):
        print("No demo runs here: start `make demo`, or set KAFKA_BOOTSTRAP and POSTGRES_DSN.", file=sys.stderr)
        return 1
    return subprocess.run(command, env=environment, check=False).returncode
