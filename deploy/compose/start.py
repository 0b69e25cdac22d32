"""`make up`: checks, builds, starts, waits until all is healthy, says where everything is."""

import time
from collections.abc import Sequence

from deploy.compose import checks, secrets
from deploy.compose.project import Container, Project, docker
from deploy.local.files import ROOT, LocalError
from deploy.local.progress import Progress

HEALTHY_SECONDS = 600
RESTARTS = 3
OURS = {"service": "bijli-setu:local", "demo": "bijli-setu:demo"}


def up(project: Project, progress: Progress) -> None:
    """Returns when everything is healthy. Raises `LocalError` with one line that says what to do."""
    checks.engine()
    secrets.prepare(project)
    project.remember()
    checks.ports(project)
    _images(project, progress)
    checks.stores(project)
    checks.configuration(project)
    progress("secrets, ports, disk and discom files are fine")
    started = project.ask("up", "--detach", "--no-build", "--remove-orphans", "--quiet-pull")
    if started.returncode:
        raise LocalError(_failed(project, project.containers()) or checks.explained(started.stderr))
    wait(project, progress)
    _summary(project, progress)


def down(project: Project, erase: bool, progress: Progress) -> None:
    """Stops and removes all containers; the data, too, where that is asked. Raises `LocalError`."""
    checks.engine()
    stopped = project.ask("--profile=*", "down", "--remove-orphans", *(["--volumes"] if erase else []))
    if stopped.returncode:
        raise LocalError(checks.last_line(stopped.stderr))
    progress("stopped; all data is gone" if erase else "stopped; data stays, `make down ERASE=yes` drops it")


def _images(project: Project, progress: Progress) -> None:
    """Builds what changed; with BUILD=no takes what is here, for a machine without internet whose cache is gone."""
    wanted = ["setup", "simulator"] if project.demo else ["setup"]
    if project.build:
        built = project.ask("build", "--quiet", *wanted, seconds=1800)
        if built.returncode:
            raise LocalError(f"{checks.explained(built.stderr)} (`make up BUILD=no` takes the images that are here.)")
        progress("images are built")
    for image in (OURS["service"], *([OURS["demo"]] if project.demo else ()), *checks.IMAGES):
        if docker("image", "inspect", image).returncode and docker("pull", "--quiet", image, seconds=1800).returncode:
            raise LocalError(f"The image {image} is not here and cannot be pulled: `docker pull {image}` says why.")


def wait(project: Project, progress: Progress) -> None:
    """Returns when everything is healthy. Raises `LocalError` for what cannot start, or not in time."""
    seen: set[str] = set()
    until = time.monotonic() + HEALTHY_SECONDS
    while True:
        containers = project.containers()
        good = fine(containers)
        for name in sorted(good - seen):
            progress(f"{name.removeprefix(project.name + '-')} is healthy")
        seen |= good
        if len(good) == len(containers):
            return
        if failed := _failed(project, containers):
            raise LocalError(failed)
        if time.monotonic() > until:
            late = next(container for container in containers if container.name not in good)
            raise LocalError(f"{late.service} is not healthy after {HEALTHY_SECONDS} s: {_health(late)}")
        time.sleep(1)


def fine(containers: Sequence[Container]) -> set[str]:
    """Names of those that are as they should be. Docker looks at each every half minute only, so that our processes are
    asked: have they started? A number that WhatsApp holds is unhealthy, and keeps nobody from starting.
    """
    found = {one.name for one in containers if one.fine}
    asked = {one.address: one.name for one in containers if one.address and one.ours and not one.fine}
    if asked:
        somebody, *_ = asked.values()
        answer = docker("exec", somebody, "python", "-S", "-m", "libs.kit.health", *asked)
        found |= {asked[address] for address in answer.stdout.split() if address in asked}
    return found


def _failed(project: Project, containers: Sequence[Container]) -> str | None:
    """Which container cannot start, and its last words. One that died once may be back: brokers refuse at times."""
    for container in containers:
        over = container.job and container.state == "exited" and container.code
        if over or (not container.fine and container.restarts >= RESTARTS):
            logs = docker("logs", "--tail=20", container.name)
            return f"{container.service} failed: {checks.for_people(project, logs.stdout + logs.stderr)}"
    return None


def _health(container: Container) -> str:
    found = docker("inspect", "--format={{range .State.Health.Log}}{{.Output}}\n{{end}}", container.name)
    return checks.last_line(found.stdout)


def _summary(project: Project, progress: Progress) -> None:
    folder = project.secrets.relative_to(ROOT) if project.secrets.is_relative_to(ROOT) else project.secrets
    phones, console, webhook = (
        f"http://127.0.0.1:{project.ports[name]}" for name in ("PHONE_PORT", "CONSOLE_PORT", "WEBHOOK_PORT")
    )
    lines = [
        "",
        *([f"  Phones    {phones}/   write to any of the numbers from here"] if project.demo else []),
        f"  Console   {console}/   where officers work; logins and passwords: {folder}/console",
        f"  Webhook   {webhook}/webhook",
        "  Look      `docker compose ps`, `docker compose logs --follow`, in the folder deploy",
        "  Stop      `make down`; data stays, `make down ERASE=yes` drops it",
        "",
    ]
    progress.plain("\n".join(lines))
