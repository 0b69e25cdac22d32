"""Which processes the demo runs, and what each is told. To add one, add a line to PROCESSES."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.files import LOCAL, ROOT, kept_secret
from deploy.local.network import HOST


@dataclass(frozen=True)
class Process:
    """One process of the demo."""

    name: str
    module: str
    arguments: tuple[str, ...]
    port: int | None = None
    """The port it would like to serve HTTP on; another is found where it is taken."""
    early: bool = False
    """Whether it starts beside Kafka and PostgreSQL, because it needs neither."""


ALL = ("--discoms", "all")
PROCESSES = (
    Process("simulator", "services.simulator", ("serve",), port=8080, early=True),
    Process("gateway-webhook", "services.gateway", ("webhook",), port=8081),
    Process("gateway-router", "services.gateway", ("router", *ALL)),
    Process("gateway-sender", "services.gateway", ("sender", *ALL)),
    Process("gateway-statuses", "services.gateway", ("statuses", *ALL)),
    Process("menu", "services.menu", ("worker", *ALL)),
    Process("billing", "services.billing", ("worker", *ALL)),
    Process("complaints", "services.complaints", ("worker", *ALL)),
    Process("console", "services.complaints", ("console",), port=8082),
)
SETUP = Process("setup", "libs.kit", ("setup",))
"""Makes logins, databases and topics; the only one that gets PostgreSQL's superuser."""
SEED = Process("demo-data", "services.billing", ("demo-data",))
ADMIN_PORTS = 18080
"""Where the search for admin ports begins."""


@dataclass(frozen=True)
class Places:
    """Where everything is found."""

    ports: Mapping[str, int]
    kafka: str
    postgres: str
    """With the superuser's login."""

    def url(self, process: str, path: str = "") -> str:
        return f"http://{HOST}:{self.ports[process]}{path}"


def secrets(directory: Path) -> dict[str, str]:
    """The caller's own where set, else random ones that are kept, with a prefix that production refuses."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN", "CHAT_KEY_SECRET")
    return {name: os.environ.get(name) or kept_secret(directory / name.lower(), "demo-") for name in names}


def environment(places: Places, directory: Path = LOCAL) -> dict[str, str]:
    """What every service is told, on top of the caller's environment; what they write lies below the directory."""
    return {
        **{name: value for name, value in os.environ.items() if name not in ("PORT", "ADMIN_PORT")},
        "WHATSAPP_BASE_URL": os.environ.get("WHATSAPP_BASE_URL") or places.url("simulator"),
        "ENVIRONMENT": "demo",
        "PYTHONUNBUFFERED": "1",
        "DISCOMS_DIR": os.environ.get("DISCOMS_DIR") or str(ROOT / "deploy" / "discoms"),
        "KAFKA_BOOTSTRAP": places.kafka,
        "POSTGRES_DSN": without_login(places.postgres),
        "POSTGRES_PASSWORD_DIR": str(directory / "secrets" / "postgres"),
        "CONSOLE_PASSWORDS_DIR": str(directory / "secrets" / "console"),
        "WEBHOOK_URL": places.url("gateway-webhook", "/webhook"),
        "SIMULATOR_DIR": str(directory / "simulator"),
        **secrets(directory / "secrets"),
    }


def without_login(dsn: str) -> str:
    """The address alone: each service adds its own login."""
    parts = urlsplit(dsn)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/", parts.query, ""))
