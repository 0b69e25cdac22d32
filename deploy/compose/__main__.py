"""Everything in containers, by deploy/docker-compose.yml.

python -m deploy.compose up               builds, starts, waits until all is healthy, prints the addresses
python -m deploy.compose down [--erase]   stops; --erase drops all data, too
python -m deploy.compose backup           dumps every database to a folder (TO=…)
python -m deploy.compose restore          puts databases back: FROM=folder, ONLY=mvvnl_billing,…, REPLAY=yes
python -m deploy.compose kit MODULE…      a command over all services: libs.kit parked, services.gateway held, …
python -m deploy.compose ARGUMENTS…       `docker compose ARGUMENTS…` with what `up` was told

Told by the environment: PROFILE (demo by default; per-discom, cluster, joined by commas; empty for production),
PROJECT, WEBHOOK_PORT, CONSOLE_PORT, PHONE_PORT, SECRETS_DIR, DISCOMS_DIR, SETTINGS_FILE, BUILD=no.
"""

import os
import subprocess
import sys
from pathlib import Path

from deploy.compose.backup import FOLDER, backup, restore
from deploy.compose.project import Project
from deploy.compose.start import down, up
from deploy.local.files import ROOT, LocalError
from deploy.local.progress import Progress


def main(arguments: list[str]) -> int:
    """Runs one command."""
    try:
        match arguments:
            case ["up"]:
                up(Project.asked(), Progress())
            case ["down", *options]:
                down(Project.running(), "--erase" in options, Progress())
            case ["backup"]:
                to = os.environ.get("TO")
                backup(Project.running(), Path(to) if to else None, Progress())
            case ["restore"]:
                if not (folder := os.environ.get("FROM")):
                    raise LocalError(f"Which one? `make restore FROM={FOLDER.relative_to(ROOT)}/…`")
                only = [name for name in os.environ.get("ONLY", "").split(",") if name]
                restore(Project.running(), Path(folder), only, os.environ.get("REPLAY") == "yes", Progress())
            case ["kit", *command]:
                return Project.running().call("--progress=quiet", "run", "--rm", "--no-TTY", "kit", *command)
            case [_, *_]:
                return Project.running().call(*arguments)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except LocalError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except subprocess.CalledProcessError as error:
        print(f"\n{error}: {error.stderr}\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
