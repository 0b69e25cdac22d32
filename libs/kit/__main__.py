"""Commands over all services.

python -m libs.kit check              settings and discom files can be used
python -m libs.kit setup              logins, databases and topics of all discoms
python -m libs.kit parked             records that could not be handled, without their content
python -m libs.kit replay --id UUID   send one of them again
python -m libs.kit erase --phone N    erase one person from every database and topic (docs/privacy.md)
python -m libs.kit audit              was every message of the last day answered, once, in order? (audit --help)
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.kit import kafka, parking
from libs.kit.audit import audit, table
from libs.kit.database import open_pool
from libs.kit.erase import erase
from libs.kit.logs import configure
from libs.kit.process import discoms_of
from libs.kit.settings import Settings, load
from libs.kit.setup import SERVICES, setup


async def _parked(settings: Settings) -> int:
    count = 0
    for code in discoms_of(settings, "all"):
        for service in SERVICES:
            pool = await open_pool(settings, service, code, size=1)
            for row in await parking.listed(pool):
                print(f"{row['id']}  {row['parked_at']:%Y-%m-%d %H:%M:%S}Z  {row['topic']}  {row['error']}")
                count += 1
            await pool.close()
    print(f"{count} parked" if count else "nothing is parked")
    return 0


async def _replay(settings: Settings, id: UUID) -> int:
    producer = await kafka.start_producer(settings)
    try:
        for code in discoms_of(settings, "all"):
            for service in SERVICES:
                pool = await open_pool(settings, service, code, size=1)
                try:
                    if await parking.replay(pool, producer, id):
                        print(f"{id}: sent again to {code}'s {service}")
                        return 0
                finally:
                    await pool.close()
    finally:
        await producer.stop()
    print(f"{id} is not parked, or was sent again already; `make parked` lists what is", file=sys.stderr)
    return 1


async def _audit(settings: Settings, wanted: str, since: timedelta, patience: float) -> int:
    began = datetime.now(UTC)
    found = [await audit(settings, code, began - since, patience) for code in discoms_of(settings, wanted)]
    print(table(found))
    return 0 if all(findings.clean for findings in found) else 1


SPANS = {"m": 1, "h": 60, "d": 24 * 60}


def _span(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in SPANS or not int(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time; 90m, 24h and 7d are")
    return timedelta(minutes=int(number) * SPANS[unit])


async def _erase(settings: Settings, phone: str) -> int:
    rows, records = await erase(settings, list(discoms_of(settings, "all")), phone)
    for place, count in (rows | records).items():
        if count:
            print(f"{count:8}  {place}")
    if not any(rows.values()):
        print("nobody of this number is known here, or no more; is it written as 919876543210?")
        return 1
    print("erased; what stays without the person, and why: docs/privacy.md")
    return 0


def _phone(text: str) -> str:
    digits = text.removeprefix("+").replace(" ", "").replace("-", "").lstrip("0")
    if not (digits.isascii() and digits.isdigit() and 10 <= len(digits) <= 15):
        raise argparse.ArgumentTypeError("not a phone number; write it as 919876543210")
    return digits if len(digits) > 10 else f"91{digits}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an id; `make parked` lists them") from None


def main() -> int:
    """Parses the command line and runs one command."""
    parser = argparse.ArgumentParser(
        prog="python -m libs.kit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check")
    commands.add_parser("setup")
    commands.add_parser("parked")
    commands.add_parser("replay").add_argument("--id", type=_uuid, required=True)
    commands.add_parser("erase").add_argument("--phone", type=_phone, required=True)
    auditing = commands.add_parser("audit", help="reads only; status 1 on a finding, or where replies stay unsent")
    auditing.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    auditing.add_argument("--since", type=_span, default="24h", help="how far back: 90m, 24h (default), 7d at most")
    auditing.add_argument(
        "--patience", type=float, default=60.0, help="seconds for what is under way or unsent (default 60)"
    )
    arguments = parser.parse_args()
    settings = load(Settings)
    to = None if arguments.command == "setup" else sys.stderr
    configure(settings.log_level, to, service="kit", role=arguments.command)
    if arguments.command == "check":
        print(f"settings and {len(discoms_of(settings, 'all'))} discom files are fine")
        return 0
    if arguments.command == "setup":
        asyncio.run(setup(settings, discoms_of(settings, "all").values()))
        return 0
    if arguments.command == "parked":
        return asyncio.run(_parked(settings))
    if arguments.command == "erase":
        return asyncio.run(_erase(settings, arguments.phone))
    if arguments.command == "audit":
        return asyncio.run(_audit(settings, arguments.discoms, arguments.since, arguments.patience))
    return asyncio.run(_replay(settings, arguments.id))


if __name__ == "__main__":
    sys.exit(main())
