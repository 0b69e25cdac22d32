"""Makes what services expect to find: one login and one database per service and discom, and all topics.

Needs a PostgreSQL login that may create roles and databases (in `POSTGRES_DSN`). May be repeated at will, and started
before Kafka and PostgreSQL are there: what is missing is waited for.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from libs.kit import kafka
from libs.kit.database import until_it_works
from libs.kit.logs import log
from libs.kit.settings import Settings, SettingsError
from libs.schemas.discom import Discom

SERVICES = ("gateway", "menu", "billing", "complaints")


async def setup(settings: Settings, discoms: Iterable[Discom]) -> None:
    """Roles, databases and topics of these discoms; writes passwords that do not exist yet, a file each."""
    listed = list(discoms)
    settings.postgres_password_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = await _connect(settings)
    try:
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in (f"{discom.code}_{service}" for discom in listed for service in SERVICES):
            password = _password(settings.password_file(name))
            verb = "ALTER" if name in roles else "CREATE"
            # names come from validated codes, the password is hexadecimal: neither can break out of the statement
            await connection.execute(f"{verb} ROLE {name} LOGIN PASSWORD '{password}'")
            if name not in databases:
                await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
                await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        log.info("postgres.databases", databases=len(listed) * len(SERVICES))
    finally:
        await connection.close()
    await kafka.create_topics(settings, listed)


async def _connect(settings: Settings) -> "asyncpg.Connection[asyncpg.Record]":
    """As the login of `POSTGRES_DSN`, whose password stands there or in the file of its name."""
    parts = urlsplit(settings.postgres_dsn)
    login = parts.username or "postgres"
    try:
        dsn = settings.postgres_dsn if parts.password else settings.dsn(login, parts.path.strip("/") or login)
        return await until_it_works(lambda: asyncpg.connect(dsn, timeout=10), "setup.postgres_waits")
    except asyncpg.InvalidPasswordError:
        place = "POSTGRES_DSN" if parts.password else settings.password_file(login)
        raise SettingsError(f"{place}: PostgreSQL refuses the password of {login}; put back the right one") from None


def _password(file: Path) -> str:
    if file.exists() and (text := file.read_text(encoding="utf-8").strip()):
        return text
    password = secrets.token_hex(24)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(password)
    return password
