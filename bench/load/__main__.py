"""Load generator and provider in one process of their own: python -m bench.load HOST WEBHOOK_PORT PROVIDER_PORT, with
the app's secret in WHATSAPP_APP_SECRET. Reads orders, one per line, and prints what came of each. Ends with its input.
"""

import asyncio
import gc
import json
import os
import sys

import uvloop

from bench.load.engine import Load
from bench.load.order import Order


async def _main(host: str, webhook: int, provider: int) -> None:
    asyncio.get_running_loop().set_exception_handler(_fail)
    load = Load(host, webhook, os.environ["WHATSAPP_APP_SECRET"])
    await load.provider.open(host, provider)
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    work: asyncio.Task[None] | None = None
    while line := await reader.readline():
        # not awaited: the end of the input must end a run, too
        work = asyncio.create_task(_work(load, Order.loaded(line)))
    if work:
        work.cancel()


async def _work(load: Load, order: Order) -> None:
    try:
        _say(await load.run(order))
    except Exception as error:
        _say({"failed": f"{type(error).__name__}: {error}"})


def _fail(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """An error in a callback: whatever is measured from here on would be wrong."""
    loop.default_exception_handler(context)
    os._exit(1)


def _say(found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    gc.freeze()
    # what a run leaves is collected after it: a pause in it would be measured as the product's
    gc.disable()
    uvloop.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
