"""What `make up` says when it cannot: a status that is not 0, and one line that says what to do."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.compose.checks import POSTGRES
from deploy.compose.project import Project, docker
from deploy.local.files import ROOT
from tests.compose.installation import project

pytestmark = pytest.mark.long

NAME = "bijli-setu-refused"


@dataclass
class Attempt:
    """An installation that is to be refused."""

    project: Project
    more: dict[str, str] = field(default_factory=dict)

    def up(self, profile: str = "demo") -> str:
        """The one line."""
        environment = {
            **os.environ,
            **{name: str(port) for name, port in self.project.ports.items()},
            "PROJECT": self.project.name,
            "PROFILE": profile,
            "SECRETS_DIR": str(self.project.secrets),
            "DISCOMS_DIR": str(self.project.discoms),
            "BUILD": "no",
            **self.more,
        }
        done = subprocess.run(
            [sys.executable, "-m", "deploy.compose", "up"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        print(lines[0])
        return lines[0]

    def secrets(self) -> None:
        """Has all of them made, by an attempt that fails for another reason."""
        self.more["WEBHOOK_PORT"] = str(self.project.ports["CONSOLE_PORT"])
        with socket.create_server(("127.0.0.1", self.project.ports["CONSOLE_PORT"])):
            assert "is taken" in self.up()
        self.more.clear()


@pytest.fixture
def attempt(engine: None, tmp_path: Path) -> Iterator[Attempt]:
    wanted = project(tmp_path, NAME, ["demo"], {"mvvnl": 1})
    yield Attempt(wanted)
    if wanted.settings.exists():
        wanted.ask("--profile=*", "down", "--volumes", "--remove-orphans", "--timeout=5")
        wanted.settings.unlink()
    docker("volume", "rm", "--force", wanted.volume("postgres"), wanted.volume("kafka"))


def test_no_engine(attempt: Attempt) -> None:
    attempt.more["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
    assert "Docker does not answer: start it" in attempt.up()


def test_a_profile_that_does_not_exist(attempt: Attempt) -> None:
    assert "PROFILE: demos is unknown; there are demo, per-discom, cluster" in attempt.up("demos")


def test_a_port_that_is_none(attempt: Attempt) -> None:
    attempt.more["PHONE_PORT"] = "eighty"
    assert "PHONE_PORT: eighty is no port" in attempt.up()


def test_a_port_that_is_taken(attempt: Attempt) -> None:
    port = attempt.project.ports["WEBHOOK_PORT"]
    with socket.create_server(("127.0.0.1", port)):
        said = attempt.up()
    assert f"Port {port} is taken" in said and f"`make up WEBHOOK_PORT={port + 1000}`" in said


def test_an_empty_secret(attempt: Attempt) -> None:
    attempt.secrets()
    file = attempt.project.secrets / "whatsapp_app_secret"
    file.chmod(0o644)
    file.write_text("\n")
    said = attempt.up()
    assert f"{file} is empty: write the app secret of Meta's dashboard there" in said


def test_production_makes_up_no_secret_of_whatsapp(attempt: Attempt) -> None:
    said = attempt.up(profile="")
    assert f"{attempt.project.secrets / 'whatsapp_app_secret'} is missing: write the app secret" in said


def test_production_takes_no_secret_of_the_demo(attempt: Attempt) -> None:
    attempt.secrets()
    assert "whatsapp_app_secret was made for the demo" in attempt.up(profile="")


def test_a_secret_that_no_container_could_read(attempt: Attempt) -> None:
    attempt.secrets()
    file = attempt.project.secrets / "chat_key_secret"
    file.chmod(0o600)
    assert f"`chmod 444 {file}`" in attempt.up()


def test_the_database_is_there_and_its_password_is_gone(attempt: Attempt) -> None:
    attempt.secrets()
    docker("volume", "create", attempt.project.volume("postgres"))
    (attempt.project.secrets / "postgres" / "postgres").unlink()
    said = attempt.up()
    assert "postgres/postgres is missing" in said and "put it back, or `make down ERASE=yes`" in said


def test_the_database_was_made_with_another_password(attempt: Attempt) -> None:
    attempt.secrets()
    started = attempt.project.ask("up", "--detach", "--wait", "--no-build", "postgres")
    assert started.returncode == 0, started.stderr
    file = attempt.project.secrets / "postgres" / "postgres"
    file.chmod(0o644)
    file.write_text("another")
    said = attempt.up()
    assert f"{file}: PostgreSQL refuses the password of postgres; put back the right one" in said


def test_the_data_is_of_another_postgresql(attempt: Attempt) -> None:
    attempt.secrets()
    volume = attempt.project.volume("postgres")
    made = "mkdir -p /data/17/docker && echo 17 > /data/17/docker/PG_VERSION"
    docker("run", "--rm", f"--volume={volume}:/data", "--entrypoint=sh", POSTGRES, "-c", made)
    said = attempt.up()
    assert f"The volume {volume} holds data of PostgreSQL 17, this is 18" in said and "`make restore`" in said


def test_a_discom_file_with_an_error(attempt: Attempt) -> None:
    attempt.secrets()
    file = attempt.project.discoms / "mvvnl.toml"
    file.write_text(re.sub(r"^open = true", "opne = true", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    said = attempt.up()
    assert str(file) in said and "open" in said


def test_no_discom_file_at_all(attempt: Attempt) -> None:
    (attempt.project.discoms / "mvvnl.toml").unlink()
    assert "holds no discom file (*.toml): set DISCOMS_DIR" in attempt.up()


def test_no_space_for_data(attempt: Attempt) -> None:
    attempt.secrets()
    options = ["--driver=local", "--opt=type=tmpfs", "--opt=device=tmpfs", "--opt=o=size=20m"]
    docker("volume", "create", *options, attempt.project.volume("kafka"))
    assert "MB are left on Docker's disk, 1 GB is needed: `docker system df`" in attempt.up()
