"""The simulator: WhatsApp's Cloud API on one side, phones in a browser on the other. Never in production.

python -m services.simulator serve     needs neither Kafka nor PostgreSQL
"""

import argparse
import asyncio
import signal

import uvloop

from libs.kit.logs import configure
from libs.kit.settings import load
from services.simulator.app import Simulator
from services.simulator.settings import SimulatorSettings


async def serve(settings: SimulatorSettings) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Simulator(settings).run(stop)


def main() -> None:
    """Parses the command line and serves."""
    arguments = argparse.ArgumentParser(
        prog="python -m services.simulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("command", choices=("serve",))
    arguments.parse_args()
    settings = load(SimulatorSettings)
    configure(settings.log_level, service="simulator", role="serve")
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
