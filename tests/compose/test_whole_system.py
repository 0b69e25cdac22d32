"""The whole system in containers, as a consumer, an officer and an operator see it; then each part restarts."""

import re
import time

import aiohttp
import pytest

from deploy.compose.project import docker
from tests.compose.installation import Installation, inspected
from tests.compose.traffic import ACCOUNT, traffic
from tests.phone import Bubble, Phone

pytestmark = pytest.mark.long

SERVICES = (
    "gateway-webhook", "gateway-router", "gateway-sender", "gateway-statuses", "menu", "billing", "complaints",
    "console", "simulator",
)  # fmt: skip
STOP_SECONDS = 10.0


async def said(phone: Phone, *, text: str | None = None, tap: str | None = None) -> Bubble:
    """Writes, and returns the one bubble that answers."""
    await (phone.says(text) if text else phone.sends(tap=tap))
    (found,) = await phone.next_bubbles(seconds=60)
    return found


async def test_all_six_options_answer_through_the_published_ports(installation: Installation) -> None:
    async with aiohttp.ClientSession() as http:
        phone = Phone(http, installation.phones, "919810000001", "mvvnl")
        greeting = await said(phone, text="नमस्ते")
        offered = [id for id, _ in greeting.choices]
        assert offered[:6] == [
            "menu:links", "billing:bill", "billing:balance", "complaints:new", "complaints:track", "menu:contacts",
        ]  # fmt: skip
        await said(phone, tap="menu:links")
        assert "https://" in (await said(phone, text="शहर")).body
        assert "1912" in (await said(phone, tap="menu:contacts")).body
        await said(phone, tap="billing:bill")
        assert "₹" in (await said(phone, text=ACCOUNT)).body
        assert "₹" in (await said(phone, tap="billing:balance")).body
        await said(phone, tap="complaints:new")
        await said(phone, text="1")
        registered = await said(phone, text="1")
        number = re.search(r"MV\d{11,}", registered.body)
        assert number, registered.body
        assert number[0] in (await said(phone, tap="complaints:track")).body


async def test_the_console_opens_for_an_officer(installation: Installation) -> None:
    password = installation.secret("console/mvvnl.officer")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{installation.console}/login") as response:
            token = re.search(r'name="token" value="([^"]+)"', await response.text())
        assert token
        form = {"token": token[1], "login": "mvvnl.officer", "password": password}
        async with http.post(f"{installation.console}/login", data=form) as response:
            assert response.status == 200, await response.text()
            assert "mvvnl.officer" in await response.text()


async def test_nothing_else_is_published_and_what_is_listens_on_loopback_alone(installation: Installation) -> None:
    for container in await installation.containers():
        bindings = inspected(container.name)["HostConfig"]["PortBindings"] or {}
        addresses = {binding["HostIp"] for each in bindings.values() for binding in each}
        assert bool(bindings) == (container.service in ("gateway-webhook", "console", "simulator"))
        assert addresses <= {"127.0.0.1"}


async def test_a_service_runs_without_privileges_and_can_write_nowhere(installation: Installation) -> None:
    name = (await installation.containers("billing"))[0].name
    done = docker("exec", name, "python", "-c", "import os; print(os.getuid()); open('/app/written', 'w')")
    assert done.stdout.strip() == "10001"
    assert "Read-only file system" in done.stderr
    host = inspected(name)["HostConfig"]
    assert host["CapDrop"] == ["ALL"] and host["Memory"] and host["PidsLimit"]


async def test_a_service_finds_its_own_passwords_and_no_other_can_open_its_database(installation: Installation) -> None:
    name = (await installation.containers("menu"))[0].name
    done = docker("exec", name, "ls", "-R", "/run/passwords", "/run/secrets")
    assert "mvvnl_menu" in done.stdout
    assert "mvvnl_billing" not in done.stdout and "whatsapp" not in done.stdout
    program = (
        "import asyncio, asyncpg\n"
        "password = open('/run/passwords/menu/mvvnl_menu').read()\n"
        "asyncio.run(asyncpg.connect(host='postgres', user='mvvnl_menu', password=password, database='mvvnl_billing'))"
    )
    refused = docker("exec", name, "python", "-c", program)
    assert "permission denied for database" in refused.stderr


async def test_the_data_has_no_way_out_and_the_sender_has(installation: Installation) -> None:
    found = await installation.containers()
    ways = {one.service: set(inspected(one.name)["NetworkSettings"]["Networks"]) for one in found}
    outside = f"{installation.project.name}_outside"
    assert inspected(f"{installation.project.name}_inside")["Internal"]
    assert {service for service, networks in ways.items() if outside in networks} == {
        "gateway-webhook", "gateway-sender", "console", "simulator",
    }  # fmt: skip


async def test_every_service_stops_within_ten_seconds_of_its_signal(installation: Installation) -> None:
    for service in SERVICES:
        began = time.monotonic()
        await installation.compose("stop", service)
        seconds = time.monotonic() - began
        assert await installation.exit_codes(service) == [0], f"{service} had to be killed"
        assert seconds < STOP_SECONDS + 3, f"{service} took {seconds:.1f} s"  # 3 for the engine's own work
        print(f"{service} stopped in {seconds:.1f} s")
    await installation.compose("up", "--detach", "--no-build")
    await installation.healthy()


async def test_kafka_postgresql_and_every_service_restart_under_traffic_and_nothing_is_lost_or_doubled(
    installation: Installation,
) -> None:
    async with traffic(installation.phones) as running:
        for service in ("kafka", "postgres", *SERVICES):
            await installation.compose("restart", service)
            await installation.healthy()
        account = await running.end()
    print(f"{account.messages} messages; the longest wait was {account.longest:.1f} s")
    # WhatsApp repeats what a webhook or Kafka that was away had not taken, so later messages may overtake it
    account.check(in_order=False)
    print(await installation.audit("mvvnl"))


async def test_what_is_killed_comes_back_and_nothing_is_lost_or_doubled(installation: Installation) -> None:
    async with traffic(installation.phones) as running:
        for service in ("kafka", "postgres", "gateway-sender", "billing"):
            await installation.kill(service)
            await installation.compose("up", "--detach", "--no-build", "--no-deps", service)
            await installation.healthy()
        account = await running.end()
    account.check(in_order=False)
    print(await installation.audit("mvvnl"))
