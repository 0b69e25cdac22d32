"""Apache Kafka's jars: resolved by jgo into a lock with hashes, fetched once into the user's cache, then remembered.

python -m deploy.local.jars fetch   downloads what is missing and checks every file
python -m deploy.local.jars lock    resolves COORDINATES anew and writes kafka-jars.lock (part of `make lock`)
"""

import hashlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.files import LOCAL, LocalError, write_private

COORDINATES = ("org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-nop:1.7.36")
LOCK_FILE = Path(__file__).with_name("kafka-jars.lock")
CLASS_PATH_FILE = LOCAL / "kafka-classpath.json"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    coordinates: str
    sha256: str
    size: int


def locked() -> list[Jar]:
    """The jars of the lock, in class path order."""
    lines = [line.split() for line in LOCK_FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [Jar(coordinates, sha256.removeprefix("sha256:"), int(size)) for coordinates, sha256, size in lines]


def class_path() -> list[str] | None:
    """The jars as fetched earlier for this very lock; None where they have to be fetched."""
    try:
        remembered = json.loads(CLASS_PATH_FILE.read_text(encoding="utf-8"))
        jars = [str(jar) for jar in remembered["jars"]]
        sizes = [jar.size for jar in locked()]
        if remembered["lock"] == _lock_hash() and [Path(jar).stat().st_size for jar in jars] == sizes:
            return jars
    except (OSError, ValueError, KeyError):
        pass
    return None


def cache_folder() -> Path:
    """A folder all checkouts of a user share; in the checkout where the user's own cannot be written."""
    shared = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "bijli-setu" / "maven"
    for folder in (shared, LOCAL / "maven"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise LocalError(f"Neither {shared} nor {LOCAL} can be written: Kafka's jars have no place.")


def fetch() -> None:
    """Downloads the jars that are missing or damaged, four at a time, and remembers where they are."""
    import fcntl

    from jgo.maven import MavenContext, PythonResolver

    # jgo warns of a checksum it could not confirm; every file is compared with the lock here
    logging.getLogger("jgo").setLevel(logging.ERROR)
    folder = cache_folder()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        jars = locked()
        counter = Counter()
        context = MavenContext(repo_cache=folder, resolver=PythonResolver(progress_callback=counter.file))
        artifacts = [context.create_dependency(jar.coordinates).artifact for jar in jars]

        def place(number: int) -> Path:
            jar, artifact = jars[number], artifacts[number]
            for _ in range(2):
                path = Path(artifact.resolve())
                if _matches(path, jar):
                    return path
                # what a killed download left, or not what we locked
                path.unlink()
            raise LocalError(
                f"{jar.coordinates}: what was downloaded is not what {LOCK_FILE.name} expects; nothing was used."
            )

        missing = [
            jar for jar, artifact in zip(jars, artifacts, strict=True) if not _matches(artifact.cached_path, jar)
        ]
        counter.total = sum(jar.size for jar in missing)
        if missing:
            print(f"          Kafka: downloading {len(missing)} jars, {counter.total / MEGABYTE:.0f} MB", flush=True)
        with ThreadPoolExecutor(4) as pool:
            paths = list(pool.map(place, range(len(jars))))
        if missing:
            print(f"          Kafka: {counter.done / MEGABYTE:.0f} MB downloaded into {folder}", flush=True)
    write_private(CLASS_PATH_FILE, json.dumps({"lock": _lock_hash(), "jars": [str(path) for path in paths]}, indent=1))


def lock() -> None:
    """Resolves the coordinates, fetches the jars and writes their hashes."""
    from jgo.maven import MavenContext, PythonResolver

    context = MavenContext(repo_cache=cache_folder(), resolver=PythonResolver())
    inputs, needed = context.resolver.resolve([context.create_dependency(text) for text in COORDINATES])
    lines = ["# Written by `make lock` from COORDINATES in jars.py: coordinates, hash, bytes."]
    for dependency in [*inputs, *(found for found in needed if found.scope in ("compile", "runtime"))]:
        content = Path(dependency.artifact.resolve()).read_bytes()
        name = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
        lines.append(f"{name} sha256:{hashlib.sha256(content).hexdigest()} {len(content)}")
    LOCK_FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{LOCK_FILE}: {len(lines) - 1} jars")


class Counter:
    """Adds up what parallel downloads have received and shows it: twice a second, or in a log once per 10 MB."""

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        self._guard = threading.Lock()
        self._shown = (0, time.monotonic())

    @contextmanager
    def file(self, name: str, _size: int) -> Iterator[Callable[[int], None]]:
        """The callback that jgo asks for, one per file."""

        def received(count: int) -> None:
            with self._guard:
                self.done += count
                size, at = self._shown
                now = time.monotonic()
                if now - at > 0.5 if sys.stdout.isatty() else self.done - size > 10 * MEGABYTE:
                    self._shown = (self.done, now)
                    end = "\r" if sys.stdout.isatty() else "\n"
                    text = f"          Kafka: {self.done / MEGABYTE:.0f} of {self.total / MEGABYTE:.0f} MB  {name}"
                    print(f"{text:<79}", end=end, flush=True)

        yield received


def _matches(path: Path | None, jar: Jar) -> bool:
    if path is None or not path.exists() or path.stat().st_size != jar.size:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _lock_hash() -> str:
    return hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()


def main() -> int:
    """Runs one of the two commands."""
    commands = {"fetch": fetch, "lock": lock}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        commands[sys.argv[1]]()
    except LocalError as error:
        print(error, file=sys.stderr)
    except (OSError, RuntimeError) as error:
        # requests' errors are OSErrors, jgo's "not found" a RuntimeError
        print(f"Kafka's jars cannot be downloaded ({type(error).__name__}: {error}).", file=sys.stderr)
        print("Check the network and repeat, or set KAFKA_BOOTSTRAP to a Kafka that runs already.", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
