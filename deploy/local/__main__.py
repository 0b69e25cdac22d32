"""Everything on this machine, without Docker.

python -m deploy.local demo           Kafka, PostgreSQL and all services, until Ctrl-C or SIGTERM
python -m deploy.local stack          Kafka and PostgreSQL alone, until Ctrl-C or SIGTERM; prints their addresses
python -m deploy.local run COMMAND…   a command with the environment of the running demo's services
python -m deploy.local clean          drops all local data; refuses while the demo runs
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

from deploy.local.files import ROOT, LocalError
from deploy.local.progress import Progress


async def _until_told(work: Callable[[Progress], Awaitable[None]]) -> int:
    """Runs the work until it ends or a signal asks for its orderly end, which later signals do not disturb."""
    progress = Progress()
    task = asyncio.ensure_future(work(progress))
    told: list[signal.Signals] = []

    def tell(number: signal.Signals) -> None:
        if told:
            progress("stopping already; this takes 20 s at most")
            return
        told.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup's wish is respected; SIGINT is handled even where a shell's `&` had it ignored
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, tell, number)
    try:
        await task
    except asyncio.CancelledError:
        return 0
    except LocalError as error:
        progress.plain(f"\n{error}\n")
        return 1
    return 0


def main(arguments: list[str]) -> int:
    """Runs one command."""
    match arguments:
        case ["demo"]:
            from deploy.local.demo import demo

            return asyncio.run(_until_told(demo))
        case ["stack"]:
            from deploy.local.stack import stack

            return asyncio.run(_until_told(stack))
        case ["run", program, *rest]:
            from deploy.local.stack import run

            return run([program, *rest])
        case ["clean"]:
            from deploy.local.clean import clean

            return clean()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    # until the handlers above are in place there is nothing to stop: end at once, without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        sys.exit(main(sys.argv[1:]))
    except PermissionError as error:
        # what `sudo make` left behind
        sys.exit(f"{error.filename} is another user's. Take it back: sudo chown -R {os.getuid()} '{ROOT}'")
