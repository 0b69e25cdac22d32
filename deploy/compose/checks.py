"""What would make a start fail halfway, found before anything is touched. Each raises `LocalError` with one line."""

import json
import re
import shutil
from collections.abc import Sequence

from deploy.compose.project import Project, docker
from deploy.local.files import LocalError
from deploy.local.network import is_free

FREE_BYTES = 1_000_000_000
MAJOR = "18"
POSTGRES = "postgres:18-alpine"
IMAGES = (POSTGRES, "apache/kafka:4.4.0")
NOISE = re.compile(r"[\s{]|Traceback|Exception ignored|\w+:\d+: |/\S+:\d+: |(\w+\.)*\w*(Error|Warning|Exception): ")
"""Log lines, tracebacks, and what an interpreter mutters at its end: not what a process says to people."""
LOOK = """
for file in /postgres/PG_VERSION /postgres/*/PG_VERSION /postgres/*/*/PG_VERSION; do
  [ ! -e "$file" ] || echo "version $(cat "$file")"
done
df -Pk /postgres /kafka | awk 'NR > 1 {print "free", $4}'
"""


def engine() -> None:
    """Docker and its compose plugin answer."""
    if not shutil.which("docker"):
        raise LocalError("Docker is not installed: install it with its compose plugin, or use `make demo`.")
    found = docker("version", "--format", "{{.Server.Version}}")
    if found.returncode:
        raise LocalError(f"Docker does not answer: start it. It says: {last_line(found.stderr)}")
    if docker("compose", "version").returncode:
        raise LocalError("Docker has no compose plugin: install docker-compose-plugin.")


def ports(project: Project) -> None:
    """Nobody else listens where this project wants to."""
    own = {port for container in project.containers() for port in container.ports}
    for name, port in project.published.items():
        if port not in own and not is_free(port):
            raise LocalError(
                f"Port {port} is taken: stop what listens there, or choose another: `make up {name}={port + 1000}`."
            )


def stores(project: Project) -> None:
    """The volumes hold what this release can use, and there is room for more."""
    volumes = {"/postgres": project.volume("postgres")}
    volumes["/kafka"] = project.volume("kafka-1" if "cluster" in project.profiles else "kafka")
    # what compose has not made yet is looked at as it will be: on the engine's disk
    mounts = [
        f"--volume={place}" if docker("volume", "inspect", name).returncode else f"--volume={name}:{place}"
        for place, name in volumes.items()
    ]
    found = docker("run", "--rm", "--network=none", *mounts, "--entrypoint=sh", POSTGRES, "-c", LOOK)
    if found.returncode:
        raise LocalError(explained(found.stderr))
    rows = [line.split() for line in found.stdout.splitlines()]
    for version in (row[1] for row in rows if row[0] == "version"):
        if version != MAJOR:
            raise LocalError(
                f"The volume {project.volume('postgres')} holds data of PostgreSQL {version}, this is {MAJOR}:"
                " `make backup` with the release that made it, `make down ERASE=yes`, then `make restore` here."
            )
    if (free := min(int(row[1]) * 1024 for row in rows if row[0] == "free")) < FREE_BYTES:
        raise LocalError(
            f"Only {free / 1e6:.0f} MB are left on Docker's disk, 1 GB is needed: `docker system df` says who uses it."
        )


def configuration(project: Project) -> None:
    """The discom files can be used: asked of the image that will read them."""
    found = project.ask("run", "--rm", "--no-deps", "--no-TTY", "kit", "libs.kit", "check")
    if found.returncode:
        raise LocalError(for_people(project, found.stderr + found.stdout))


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "nothing")


def for_people(project: Project, output: str) -> str:
    """What a process left with, with the places of this machine instead of the container's."""
    lines = [line for line in output.splitlines() if line.strip()]
    plain = [line for line in lines if not NOISE.match(line)]
    said = plain[-1] if plain else _logged(lines) or last_line(output)
    for inside, outside in (
        ("/etc/bijli-setu/discoms", project.discoms),
        ("/run/passwords", project.secrets / "postgres"),
        ("/run/secrets", project.secrets),
        ("/run/console", project.secrets / "console"),
    ):
        said = said.replace(inside, str(outside))
    return said


def _logged(lines: Sequence[str]) -> str | None:
    """The `error` of the last log line that has one."""
    for line in reversed(lines):
        if line.startswith("{") and (error := json.loads(line).get("error")):
            return str(error)
    return None


def explained(error: str) -> str:
    """What Docker says, with what to do about it where that is known."""
    # a step of the image says what is wrong before the builder says which step it was
    said = last_line(error.partition("failed to solve")[0] or error)
    if "no space left on device" in error:
        return (
            "No space is left on Docker's disk: `docker system df` says who uses it, `docker system prune` frees some."
        )
    if "port is already allocated" in error or "address already in use" in error:
        return f"A port is taken: {said}: choose others with WEBHOOK_PORT, CONSOLE_PORT and PHONE_PORT."
    return said
