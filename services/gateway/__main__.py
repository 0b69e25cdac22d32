"""The gateway: WhatsApp into messages, replies into WhatsApp.

python -m services.gateway webhook                          HTTP in, for all numbers
python -m services.gateway router --discoms mvvnl,pvvnl     who hears a message
python -m services.gateway sender --discoms all             HTTP out; one active per number, others stand by
python -m services.gateway statuses --discoms all           what became of each send
python -m services.gateway parse < bodies.jsonl             webhook bodies to their normal form
python -m services.gateway held                             what is not sent for now, and why
python -m services.gateway lift --discom mvvnl [--template NAME]   send it again
python -m services.gateway ledger --chat UUID               what became of a chat's bubbles, without their words
"""

import sys
from functools import partial
from pathlib import Path
from uuid import UUID

from aiokafka import AIOKafkaProducer

from libs.kit import kafka
from libs.kit.consumer import Worker
from libs.kit.database import migrate, open_pool
from libs.kit.process import Process, parser, run
from libs.kit.settings import WhatsAppSettings
from libs.schemas.discom import Discom
from libs.schemas.topics import RECEIVED, STATUSES
from services.gateway import commands, router, statuses
from services.gateway.sender import Sender
from services.gateway.whatsapp import normal_form

MIGRATIONS = Path(__file__).parent / "migrations"
ROLES = {"router": (router.handle, RECEIVED), "statuses": (statuses.handle, STATUSES)}


async def build_webhook(process: Process) -> None:
    """The HTTP server, on a port of its own."""
    # a server and a framework that no other role needs: they start sooner and stay smaller without
    from libs.kit.http import HttpServer
    from services.gateway.webhook import Webhook

    settings = process.settings
    assert isinstance(settings, WhatsAppSettings)
    producer = await kafka.start_producer(settings)
    process.closing.append(producer.stop)
    webhook = Webhook(
        producer,
        process.discoms,
        settings.app_secrets,
        settings.whatsapp_verify_token,
        settings.chat_key_secret.encode(),
    )
    server = HttpServer(webhook.app(), settings.host, settings.port)
    process.workers += [server, webhook]
    process.checks["http"] = server.check


async def build_worker(role: str, process: Process) -> None:
    """One worker per discom, in one process."""
    settings = process.settings
    assert isinstance(settings, WhatsAppSettings)
    producer = await kafka.start_producer(settings)
    process.closing.append(producer.stop)
    for code, discom in process.discoms.items():
        process.add_lane(code, partial(_open, role, process, settings, producer, discom))


async def _open(
    role: str, process: Process, settings: WhatsAppSettings, producer: AIOKafkaProducer, discom: Discom
) -> Worker | Sender:
    pool = await open_pool(settings, "gateway", discom.code, size=4 if role == "sender" else 2, look_ups=True)
    await migrate(pool, MIGRATIONS)
    handle, topic = ROLES.get(role, ROLES["router"])
    worker = Worker(settings, "gateway", role, discom.code, (topic,), pool, producer, handle)
    if role != "sender":
        return worker
    sender = Sender(worker, discom, settings)
    process.holds[f"number {discom.code}"] = sender.check
    return sender


def main() -> None:
    """Parses the command line and runs one role."""
    arguments = parser("gateway", __doc__)
    arguments.add_argument("role", choices=("webhook", "router", "sender", "statuses", "parse", *commands.COMMANDS))
    arguments.add_argument("--discoms", default="all", help="codes separated by commas, or all (default)")
    arguments.add_argument("--discom", help="whose number or template to lift")
    arguments.add_argument("--template", help="lift this template alone, in all languages or as name/language")
    arguments.add_argument("--chat", type=UUID, help="whose bubbles to show")
    given = arguments.parse_args()
    if given.role == "parse":
        normal_form.run(sys.stdin.buffer, sys.stdout.buffer)
    elif given.role in commands.COMMANDS:
        sys.exit(commands.run(given))
    elif given.role == "webhook":
        run(WhatsAppSettings, "gateway", "webhook", given.discoms, build_webhook)
    else:
        run(WhatsAppSettings, "gateway", given.role, given.discoms, partial(build_worker, given.role))


if __name__ == "__main__":
    main()
