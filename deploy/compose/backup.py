"""Backup and restore of every database: one compressed dump each, with a note of when and by what it was made.

A restore fills a new database beside the old one and takes its place only when it is whole. Kafka keeps a week of
records and every effect is remembered in the database it belongs to: with `replay` the restored services read again
what came since the backup, and drop what the backup already holds.
"""

import json
import subprocess
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.compose import checks
from deploy.compose.project import STORES, Project
from deploy.compose.start import wait
from deploy.local.files import LOCAL, LocalError, write_private
from deploy.local.progress import Progress

FOLDER = LOCAL / "backups"
NOTE = "backup.json"
WITHOUT_DATABASE = ("gateway-webhook", "simulator", *STORES)
"""What goes on during a restore: messages are taken in and wait."""
ROLES = {
    "gateway": ("router", "sender", "statuses"),
    "menu": ("worker",),
    "billing": ("worker",),
    "complaints": ("worker",),
}
"""Who reads for a service's database: the third part of the name of a consumer group."""
OVERLAP = timedelta(minutes=5)
"""Read again from so long before the backup: clocks differ, and what is known already is dropped."""
LIST = "SELECT datname FROM pg_database WHERE datname ~ '^[a-z][a-z0-9]+_(gateway|menu|billing|complaints)$' ORDER BY 1"


def backup(project: Project, to: Path | None, progress: Progress) -> None:
    """Dumps every database of the running installation. Raises `LocalError`; a half-made folder is not a backup."""
    checks.engine()
    began = datetime.now(UTC)
    folder = to or FOLDER / f"{began:%Y-%m-%dT%H-%M-%SZ}"
    if (folder / NOTE).exists():
        raise LocalError(f"{folder} holds a backup already: name another folder with TO=…")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = _sql(project, LIST).split()
    if not names:
        raise LocalError("There is no database to back up: `make up` makes them.")
    size = 0
    for name in names:
        file = folder / f"{name}.dump"
        _dump(project, name, file)
        size += file.stat().st_size
    version = _sql(project, "SHOW server_version_num").strip()
    note = {"at": began.isoformat(), "postgres": int(version) // 10_000, "databases": names}
    write_private(folder / NOTE, json.dumps(note, indent=1) + "\n")
    progress(f"{len(names)} databases, {size / 1e6:.1f} MB, are in {folder}")
    progress("it holds personal data: keep it encrypted, and the folder of secrets apart from it")


def restore(project: Project, folder: Path, only: Collection[str], replay: bool, progress: Progress) -> None:
    """Puts databases back as they were. Raises `LocalError`; a database that could not be filled stays as it was."""
    checks.engine()
    began, names = _read(folder, only)
    running = [one.service for one in project.containers() if one.service not in WITHOUT_DATABASE]
    _done(project, "stop", *sorted(set(running)))
    progress("services have stopped; messages are taken in and wait")
    try:
        _done(project, "run", "--rm", "--no-TTY", "setup")
        for name in names:
            _fill(project, name, folder / f"{name}.dump")
            progress(f"{name} is as it was at {began:%Y-%m-%d %H:%M} UTC")
        if replay:
            for name in names:
                _rewind(project, name, began - OVERLAP)
            progress("what came since then is read again")
    finally:
        _done(project, "up", "--detach", "--no-build")
        wait(project, Progress())
    progress("all services run again")


def _read(folder: Path, only: Collection[str]) -> tuple[datetime, Sequence[str]]:
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"{folder} is no whole backup ({error}): name one of {FOLDER} with FROM=…") from None
    names = [name for name in note["databases"] if not only or name in only]
    if unknown := set(only) - set(names):
        raise LocalError(
            f"ONLY: {', '.join(sorted(unknown))} is not in {folder}; there are {', '.join(note['databases'])}"
        )
    for name in names:
        if not (folder / f"{name}.dump").exists():
            raise LocalError(f"{folder / name}.dump is missing: this is no whole backup.")
    return datetime.fromisoformat(note["at"]), names


def _dump(project: Project, name: str, file: Path) -> None:
    half = file.with_suffix(".half")
    half.touch(mode=0o600)
    with half.open("wb") as output:
        command = project.command("exec", "-T", "postgres", "pg_dump", "--username=postgres", "--format=custom", name)
        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise LocalError(f"{name} could not be dumped: {checks.last_line(done.stderr.decode(errors='replace'))}")
    half.replace(file)


def _fill(project: Project, name: str, file: Path) -> None:
    """Beside the old database, which is dropped when the new one is whole."""
    new = f"{name}_restoring"
    _sql(project, f"DROP DATABASE IF EXISTS {new} WITH (FORCE)")
    _sql(project, f"CREATE DATABASE {new} OWNER {name}")
    _sql(project, f"REVOKE ALL ON DATABASE {new} FROM PUBLIC")
    options = ("--username=postgres", "--exit-on-error", "--no-owner", f"--role={name}", f"--dbname={new}")
    with file.open("rb") as content:
        command = project.command("exec", "-T", "postgres", "pg_restore", *options)
        done = subprocess.run(command, stdin=content, capture_output=True, check=False)
    if done.returncode:
        raise LocalError(f"{file} could not be restored: {checks.last_line(done.stderr.decode(errors='replace'))}")
    _sql(project, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _sql(project, f"ALTER DATABASE {new} RENAME TO {name}")
    # plans made for empty tables would be kept
    _sql(project, "ANALYZE", database=name)


def _rewind(project: Project, name: str, to: datetime) -> None:
    """Has the groups that write to a database read again from a time on."""
    code, _, service = name.partition("_")
    broker = "kafka-1" if "cluster" in project.profiles else "kafka"
    for role in ROLES[service]:
        _done(
            project, "exec", "-T", broker, "/opt/kafka/bin/kafka-consumer-groups.sh", "--bootstrap-server",
            "localhost:9092", "--group", f"{code}.{service}.{role}", "--all-topics", "--reset-offsets",
            "--to-datetime", f"{to:%Y-%m-%dT%H:%M:%S.000}", "--execute",
        )  # fmt: skip


def _sql(project: Project, statement: str, database: str = "postgres") -> str:
    options = ("--username=postgres", f"--dbname={database}", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
    return _done(project, "exec", "-T", "postgres", "psql", *options, "--command", statement)


def _done(project: Project, *arguments: str) -> str:
    done = project.ask(*arguments)
    if done.returncode:
        raise LocalError(
            f"docker compose {' '.join(arguments[:4])} … failed: {checks.last_line(done.stderr or done.stdout)}"
        )
    return done.stdout
