"""PostgreSQL in a container of the official image, with the settings of the local one."""

import secrets

import asyncpg
from testcontainers.community.postgres import PostgresContainer as Container
from testcontainers.core.container import DockerContainer

from deploy.local.network import HOST
from deploy.local.postgres import SETTINGS
from tests.containers.server import ContainedServer

IMAGE = "postgres:18-alpine"
OWN = ("listen_addresses", "unix_socket_directories")


class PostgresContainer(ContainedServer):
    """A cluster in which at first only the superuser, with a random password, may log in."""

    title = "PostgreSQL's container"
    wished_port = 15432
    inner_port = 5432

    def __init__(self, shared_buffers: str = "512MB") -> None:
        super().__init__()
        settings = {name: value for name, value in SETTINGS.items() if name not in OWN}
        self._settings = settings | {"shared_buffers": shared_buffers, "max_connections": "200"}
        self._password = secrets.token_hex(24)

    @property
    def dsn(self) -> str:
        """The superuser's address, once started."""
        return self.dsn_of("postgres")

    def dsn_of(self, database: str) -> str:
        """The superuser's address of another database."""
        return f"postgresql://postgres:{self._password}@{HOST}:{self.port}/{database}"

    def _made(self) -> DockerContainer:
        made = Container(IMAGE, username="postgres", password=self._password, dbname="postgres", driver=None)
        made.with_env(
            "POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
        )
        return made.with_command(
            ["postgres", *(part for name, value in self._settings.items() for part in ("-c", f"{name}={value}"))]
        )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True
