"""Processes come, go and are replaced while people write: no wait is long, nothing is lost, doubled or overtaken."""

import asyncio

import pytest

from tests.compose.installation import Installation
from tests.compose.traffic import Account, traffic

pytestmark = pytest.mark.long

WAIT_SECONDS = 10.0
CALM_SECONDS = 20.0
REPLACED = ("gateway-router", "gateway-sender", "gateway-statuses", "menu", "billing", "complaints", "console")
WORKER_SECONDS = 15.0
"""Between two changes: a group has come to rest by then."""


async def calm(installation: Installation) -> Account:
    """What this machine does with nothing going on: a busy one makes people wait by itself."""
    async with traffic(installation.phones) as running:
        await asyncio.sleep(CALM_SECONDS)
        account = await running.end()
    account.check()
    return account


async def test_billing_of_one_discom_grows_to_three_processes_and_shrinks_again(installation: Installation) -> None:
    quiet = await calm(installation)
    async with traffic(installation.phones) as running:
        for count in (3, 1):
            await installation.compose(
                "up", "--detach", "--no-build", "--no-deps", "--no-recreate", "--scale", f"billing={count}", "billing",
            )  # fmt: skip
            await installation.healthy("billing")
            assert len(await installation.containers("billing")) == count
            await asyncio.sleep(WORKER_SECONDS)
        account = await running.end()
    print(f"{account.messages} messages; longest wait {account.longest:.1f} s, in calm {quiet.longest:.1f} s")
    account.check()
    assert account.longest < WAIT_SECONDS + quiet.longest
    print(await installation.audit("mvvnl"))


async def test_three_processes_share_the_partitions_of_one_discom(installation: Installation) -> None:
    scale = ("up", "--detach", "--no-build", "--no-deps", "--no-recreate", "--scale")
    await installation.compose(*scale, "billing=3", "billing")
    await installation.healthy("billing")
    await asyncio.sleep(WORKER_SECONDS)
    described = await installation.compose(
        "exec", "-T", "kafka", "/opt/kafka/bin/kafka-consumer-groups.sh", "--bootstrap-server", "localhost:9092",
        "--describe", "--group", "mvvnl.billing.worker", "--members",
    )  # fmt: skip
    await installation.compose(*scale, "billing=1", "billing")
    members = [line for line in described.splitlines() if line.startswith("mvvnl.billing.worker")]
    assert len(members) == 3 and all(line.split()[-1] == "1" for line in members), described


async def test_every_service_is_replaced_once_by_a_new_process(installation: Installation) -> None:
    quiet = await calm(installation)
    async with traffic(installation.phones) as running:
        for service in REPLACED:
            await installation.compose("up", "--detach", "--no-build", "--no-deps", "--force-recreate", service)
            await installation.healthy(service)
        account = await running.end()
    print(f"{account.messages} messages; longest wait {account.longest:.1f} s, in calm {quiet.longest:.1f} s")
    account.check()
    assert account.longest < WAIT_SECONDS + quiet.longest
    print(await installation.audit("mvvnl"))


async def test_the_webhook_is_replaced_and_whatsapp_repeats_what_it_could_not_deliver(
    installation: Installation,
) -> None:
    quiet = await calm(installation)
    async with traffic(installation.phones) as running:
        await asyncio.sleep(5)
        await installation.compose("up", "--detach", "--no-build", "--no-deps", "--force-recreate", "gateway-webhook")
        await installation.healthy("gateway-webhook")
        account = await running.end()
    account.check(in_order=False)
    assert account.longest < WAIT_SECONDS + quiet.longest
    print(await installation.audit("mvvnl"))
