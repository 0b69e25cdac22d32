"""Kafka and PostgreSQL for tests: in containers where an engine with the images answers, else on this machine.

`TEST_STACK` says which: `auto` (default), `containers` or `local`.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from deploy.local.cluster import LocalCluster
from deploy.local.kafka import LocalKafka
from deploy.local.postgres import LocalPostgres

if TYPE_CHECKING:
    from tests.containers.cluster import ContainerCluster
    from tests.containers.kafka import KafkaContainer
    from tests.containers.postgres import PostgresContainer

Kafka: TypeAlias = "LocalKafka | KafkaContainer"
Postgres: TypeAlias = "LocalPostgres | PostgresContainer"

IMAGES = ("apache/kafka:4.4.0", "postgres:18-alpine")
ENGINE_SECONDS = 20


@dataclass(frozen=True)
class Choice:
    """Where tests find Kafka and PostgreSQL, and why there."""

    containers: bool
    why: str

    def __str__(self) -> str:
        return f"{'containers' if self.containers else 'local processes'} ({self.why})"


@cache
def chosen() -> Choice:
    """The choice for this run. Leaves pytest with one line when what is forced cannot be had."""
    wanted = os.environ.get("TEST_STACK") or "auto"
    if wanted == "local":
        return Choice(False, "TEST_STACK=local")
    if wanted not in ("auto", "containers"):
        raise pytest.UsageError(f"TEST_STACK={wanted} is unknown; there are auto, containers and local")
    lacking = _lacking()
    if lacking and wanted == "containers":
        raise pytest.UsageError(f"TEST_STACK=containers, but {lacking}")
    if lacking:
        return Choice(False, f"TEST_STACK=auto, and {lacking}")
    return Choice(True, f"TEST_STACK={wanted}, and an engine with {' and '.join(IMAGES)} answers")


def _lacking() -> str | None:
    """What is missing for containers, in words."""
    if not importlib.util.find_spec("testcontainers"):
        return "testcontainers is not installed"
    if not shutil.which("docker"):
        return "Docker is not installed"
    command = ["docker", "image", "inspect", "--format", "{{.Id}}", *IMAGES]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENGINE_SECONDS)
    except subprocess.TimeoutExpired:
        return f"the Docker engine does not answer within {ENGINE_SECONDS} s"
    missing = re.findall(r"No such image: (\S+)", found.stderr)
    if missing:
        return f"the engine has no image {' and '.join(missing)}: `docker pull` it"
    return "no Docker engine answers" if found.returncode else None


def kafka(directory: Path, heap: str = "512m") -> Kafka:
    """A broker that may be killed and restarted; started by `async with`."""
    if not chosen().containers:
        return LocalKafka(directory, heap=heap)
    from tests.containers.kafka import KafkaContainer

    return KafkaContainer(heap)


def postgres(directory: Path, shared_buffers: str = "512MB") -> Postgres:
    """A database server that may be killed and restarted; started by `async with`."""
    if not chosen().containers:
        return LocalPostgres(directory, shared_buffers=shared_buffers)
    from tests.containers.postgres import PostgresContainer

    return PostgresContainer(shared_buffers)


def cluster(directory: Path) -> "LocalCluster | ContainerCluster":
    """Three brokers, each of which may be killed and restarted; in containers those of deploy/docker-compose.yml."""
    if not chosen().containers:
        return LocalCluster(directory)
    from tests.containers.cluster import ContainerCluster

    return ContainerCluster(directory)
