"""The simulator: WhatsApp's Cloud API on one side, phones in a browser on the other. Never in production.

python -m services.simulator serve     needs neither Kafka nor PostgreSQL
"""

import argparse

from libs.kit.settings import load
from services.simulator.serving import serve
from services.simulator.settings import SimulatorSettings


def main() -> None:
    """Parses the command line and serves."""
    arguments = argparse.ArgumentParser(
        prog="python -m services.simulator", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("command", choices=("serve",))
    arguments.parse_args()
    serve(load(SimulatorSettings))


if __name__ == "__main__":
    main()
