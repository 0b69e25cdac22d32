"""Measures throughput and delay: Kafka, PostgreSQL, all services and the load on this machine.

  make bench                            all scenarios, at most 45 minutes; goes on where an interrupted run was
  make bench QUICK=yes                  less than 3 minutes: are the goals near?
  make bench SCENARIO=greeting,storm    only these
  make bench PROFILE=yes                the largest costs of each process, too
  make bench GROWN=yes                  with 1 million chats and 10 million inbox rows of days before
  make bench SCENARIO=soak              30 minutes at half the greeting's rate
  make bench ANYWAY=yes                 even if this machine is under load
  make bench ARGS=docs                  puts the results into docs/performance.md and README.md
  make bench ARGS=report                prints the results there are

Results: .local/bench/results.md, .json and .svg; each step as it is done below .local/bench/full (or quick).
"""

import argparse
import asyncio
import os
import signal
import sys
from dataclasses import replace

from bench import profile
from bench.conduct import DIRECTORY, Options, conduct
from bench.machine import Trouble, troubles
from bench.publish import document, write
from bench.scenarios import SCENARIOS
from deploy.local.files import LocalError, Lock
from deploy.local.progress import Progress


def main() -> int:
    """Parses the wishes and carries them out."""
    scenarios = "\n".join(f"  {one.name:18} {one.says}" for one in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"{__doc__}\nscenarios:\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=("run", "report", "docs"), default="run")
    for name, help in (
        ("quick", "less than 3 minutes"),
        ("grown", "on a database that has grown"),
        ("profile", "the largest costs of each process"),
        ("anyway", "even under load"),
    ):
        parser.add_argument(
            f"--{name}", action="store_true", default=_wished(name), help=f"{help} ({name.upper()}=yes)"
        )
    parser.add_argument("--scenario", default=os.environ.get("SCENARIO", ""), help="names, by commas (SCENARIO=…)")
    given = parser.parse_args()
    names = tuple(name.strip() for name in given.scenario.split(",") if name.strip())
    if unknown := [name for name in names if name not in SCENARIOS]:
        parser.error(f"no scenario is called {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    options = Options(names, given.quick, given.grown, given.profile, given.anyway)
    try:
        return _carry_out(given.command, options)
    except LocalError as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # while nothing runs yet, or nothing any more
        print("\nInterrupted. `make bench ARGS=report` shows what is measured.", file=sys.stderr)
        return 128 + signal.SIGINT


def _wished(name: str) -> bool:
    return os.environ.get(name.upper(), "").casefold() in ("yes", "1", "true", "on")


def _carry_out(command: str, options: Options) -> int:
    store = options.store
    if command == "docs":
        document(store, replace(options, grown=True).store)
        return 0
    if command == "report":
        print(write(store).read_text(encoding="utf-8"))
        return 0
    with Lock(DIRECTORY / "lock") as lock:
        if (holder := lock.acquire()) is not None:
            raise LocalError(f"A benchmark of this checkout runs already, as process {holder}.")
        if not _fit(options):
            return 1
        status = asyncio.run(_until_told(options))
    print(write(store).read_text(encoding="utf-8"))
    return status


def _fit(options: Options) -> bool:
    found = troubles(DIRECTORY)
    if options.profiled and (hindrance := profile.hindrance()):
        found.append(Trouble(hindrance, grave=True))
    for trouble in found:
        print(trouble.text)
    if any(trouble.grave for trouble in found):
        return False
    if found and not options.anyway:
        print("Stop what runs here, or say ANYWAY=yes to measure nevertheless.")
        return False
    return True


async def _until_told(options: Options) -> int:
    """Measures until it is done, or a signal asks for an orderly end, which keeps what is done."""
    progress = Progress()
    task = asyncio.ensure_future(conduct(options, options.store, progress))
    loop = asyncio.get_running_loop()
    told: list[signal.Signals] = []

    def tell(number: signal.Signals) -> None:
        if not told:
            task.cancel()
        told.append(number)
        progress("stopping everything; this takes some seconds")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell, number)
    try:
        await task
    except asyncio.CancelledError:
        progress("interrupted; what is done is kept, and the next `make bench` goes on from here")
        return 128 + told[0]
    return 0


if __name__ == "__main__":
    sys.exit(main())
