"""What `make up` was told, and `docker compose` with it."""

import json
import os
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from deploy.local.files import LOCAL, ROOT, LocalError

FILE = ROOT / "deploy" / "docker-compose.yml"
NAME = "bijli-setu"
PROFILES = ("demo", "per-discom", "cluster")
PORTS = {"WEBHOOK_PORT": 8081, "CONSOLE_PORT": 8082, "PHONE_PORT": 8080}
STORES = ("postgres", "kafka", "kafka-1", "kafka-2", "kafka-3")
CLUSTER = {
    "ONE_BROKER": "0",
    "KAFKA_BOOTSTRAP": "kafka-1:9092,kafka-2:9092,kafka-3:9092",
    "KAFKA_REPLICATION": "3",
}
DEMO = {"ENVIRONMENT": "demo", "WHATSAPP_BASE_URL": "http://simulator:8080"}


@dataclass(frozen=True)
class Container:
    """One container of the project, as the engine sees it."""

    service: str
    name: str
    state: str
    health: str
    code: int
    restarts: int
    job: bool
    """Whether it is to end by itself."""
    ports: frozenset[int]
    address: str
    """On the network that all share; empty while it does not run."""

    @property
    def ours(self) -> bool:
        """Whether it runs a process of ours, which can be asked."""
        return not self.job and self.service not in STORES

    @property
    def fine(self) -> bool:
        """Whether it is as it should be: a job that has succeeded, or a healthy process."""
        if self.job:
            return self.state == "exited" and self.code == 0
        return self.state == "running" and self.health == "healthy"


@dataclass(frozen=True)
class Project:
    """One installation in containers; several may live on one machine under names of their own."""

    name: str
    profiles: tuple[str, ...]
    ports: Mapping[str, int]
    secrets: Path
    discoms: Path
    extra: Path
    """A file with further variables for the services; need not be there."""
    build: bool = True

    @classmethod
    def asked(cls) -> Self:
        """By the environment. Raises `LocalError` for what cannot be meant."""
        profiles = tuple(part for part in os.environ.get("PROFILE", "demo").replace(",", " ").split() if part)
        if unknown := set(profiles) - set(PROFILES):
            raise LocalError(f"PROFILE: {', '.join(sorted(unknown))} is unknown; there are {', '.join(PROFILES)}.")
        return cls(
            name=os.environ.get("PROJECT") or NAME,
            profiles=profiles,
            ports={name: _port(name, usual) for name, usual in PORTS.items()},
            secrets=Path(os.environ.get("SECRETS_DIR") or LOCAL / "compose" / "secrets").resolve(),
            discoms=Path(os.environ.get("DISCOMS_DIR") or ROOT / "deploy" / "discoms").resolve(),
            extra=Path(os.environ.get("SETTINGS_FILE") or ROOT / "deploy" / "settings.env").resolve(),
            build=os.environ.get("BUILD") != "no",
        )

    @classmethod
    def running(cls) -> Self:
        """As the last `up` was told."""
        project = cls.asked()
        try:
            lines = project.settings.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            raise LocalError("Nothing was started here with `make up` yet.") from None
        told = project.variables() | dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
        return cls(
            name=told["PROJECT"],
            profiles=tuple(told["COMPOSE_PROFILES"].split(",")) if told["COMPOSE_PROFILES"] else (),
            ports={name: int(told[name]) for name in PORTS},
            secrets=Path(told["SECRETS_DIR"]),
            discoms=Path(told["DISCOMS_DIR"]),
            extra=Path(told["SETTINGS_FILE"]),
        )

    @property
    def settings(self) -> Path:
        """The file with all variables; where plain `docker compose` reads it, for the usual project."""
        return ROOT / "deploy" / ".env" if self.name == NAME else LOCAL / "compose" / f"{self.name}.env"

    @property
    def demo(self) -> bool:
        return "demo" in self.profiles

    @property
    def published(self) -> dict[str, int]:
        """The ports that this project publishes, by the variable that sets each."""
        return {name: port for name, port in self.ports.items() if self.demo or name != "PHONE_PORT"}

    def variables(self) -> dict[str, str]:
        """Everything that deploy/docker-compose.yml leaves open."""
        return {
            "PROJECT": self.name,
            "COMPOSE_PROFILES": ",".join(self.profiles),
            "SECRETS_DIR": str(self.secrets),
            "DISCOMS_DIR": str(self.discoms),
            "SETTINGS_FILE": str(self.extra),
            **{name: str(port) for name, port in self.ports.items()},
            "FOR_ALL": "0" if "per-discom" in self.profiles else "1",
            "VERSION": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
            "REVISION": _revision(),
            **(CLUSTER if "cluster" in self.profiles else {}),
            **(DEMO if self.demo else {}),
        }

    def remember(self) -> None:
        """Writes the variables for every later command."""
        text = "".join(f"{name}={value}\n" for name, value in self.variables().items())
        self.settings.parent.mkdir(parents=True, exist_ok=True)
        self.settings.write_text(f"# Written by `make up`; edits are lost.\n{text}", encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """The command line of `docker compose` for this project."""
        return ["docker", "compose", "--env-file", str(self.settings), "--file", str(FILE), *arguments]

    def call(self, *arguments: str) -> int:
        """Runs it before the caller's eyes; returns its status."""
        return subprocess.run(self.command(*arguments), check=False).returncode

    def ask(self, *arguments: str, seconds: float = 600) -> "subprocess.CompletedProcess[str]":
        """Runs it and keeps what it says."""
        return subprocess.run(
            self.command(*arguments), check=False, capture_output=True, text=True, errors="replace", timeout=seconds
        )

    def containers(self) -> list[Container]:
        """All containers of the project, ended ones, too."""
        label = f"label=com.docker.compose.project={self.name}"
        ids = docker("ps", "--all", "--quiet", "--filter", label).stdout.split()
        rows = json.loads(docker("inspect", *ids).stdout) if ids else []
        return sorted((_container(self.name, row) for row in rows), key=lambda container: container.name)

    def volume(self, name: str) -> str:
        return f"{self.name}_{name}"


def docker(*arguments: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
    """Runs `docker` and keeps what it says."""
    return subprocess.run(
        ["docker", *arguments], check=False, capture_output=True, text=True, errors="replace", timeout=seconds
    )


def _container(project: str, row: dict[str, Any]) -> Container:
    state, host = row["State"], row["HostConfig"]
    bindings = [binding for each in (host["PortBindings"] or {}).values() for binding in each]
    return Container(
        service=row["Config"]["Labels"]["com.docker.compose.service"],
        name=row["Name"].removeprefix("/"),
        state=state["Status"],
        health=state.get("Health", {}).get("Status", ""),
        code=state["ExitCode"],
        restarts=row["RestartCount"],
        job=host["RestartPolicy"]["Name"] in ("", "no"),
        ports=frozenset(int(binding["HostPort"]) for binding in bindings),
        address=row["NetworkSettings"]["Networks"].get(f"{project}_inside", {}).get("IPAddress", ""),
    )


def _port(name: str, usual: int) -> int:
    text = os.environ.get(name) or str(usual)
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise LocalError(f"{name}: {text} is no port; 1 to 65535 are.")
    return int(text)


def _revision() -> str:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True, timeout=10
        )
    except OSError:
        return "unknown"
    return found.stdout.strip() or "unknown"
