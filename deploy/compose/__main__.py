"""Everything in containers, by deploy/docker-compose.yml.

python -m deploy.compose up               builds, starts, waits until all is healthy, prints the addresses
python -m deploy.compose down [--erase]   stops; --erase drops all data, too
python -m deploy.compose ARGUMENTS…       `docker compose ARGUMENTS…` with what `up` was told

Told by the environment: PROFILE (demo by default; per-discom, cluster, joined by commas; empty for production),
PROJECT, WEBHOOK_PORT, CONSOLE_PORT, PHONE_PORT, SECRETS_DIR, DISCOMS_DIR, BUILD=no.
"""

import subprocess
import sys

from deploy.compose.project import Project
from deploy.compose.start import down, up
from deploy.local.files import LocalError
from deploy.local.progress import Progress


def main(arguments: list[str]) -> int:
    """Runs one command."""
    try:
        match arguments:
            case ["up"]:
                up(Project.asked(), Progress())
            case ["down", *options]:
                down(Project.running(), "--erase" in options, Progress())
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
