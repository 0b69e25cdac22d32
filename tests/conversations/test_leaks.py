"""Nothing personal leaks: after conversations of every kind, logs, keys, headers and metrics hold none of it."""

import base64
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaConsumer

from deploy.local.system import System
from libs.kit import kafka
from libs.kit.settings import Settings
from libs.schemas.topics import ALL
from tests.conversations.conftest import DISCOMS, Chats
from tests.phone import Phone

ACCOUNT, OWNER = "1000145850", "919000010003"
WORDS = "गोपनीयवाक्य"


async def _everything_once(phone: Phone) -> None:
    """Text, taps, media, a place, an account, a complaint with words of its own, and something nobody understands."""
    for words in (f"{ACCOUNT} ka bill", "3", f"{WORDS} {ACCOUNT} light nahi hai", "1", "5", "6", WORDS, "english"):
        await phone.says(words)
        await phone.next_bubbles()
    await phone.sends(type="location", latitude=26.8467, longitude=80.9462)
    await phone.sends(type="image", caption=WORDS)
    await phone.next_bubbles(2)


def _secrets(phone: Phone, wamid: str) -> list[str]:
    number = phone.wa_id.removeprefix("91")
    name = "राम" if phone.wa_id == OWNER else phone.wa_id
    return [number, base64.b64encode(phone.wa_id.encode()).decode().rstrip("="), ACCOUNT, WORDS, wamid, name]


async def test_nothing_personal_is_in_any_log_key_header_or_metric(
    chats: Chats, system: System, stack: Settings
) -> None:
    phone = chats(phone=f"9198{uuid4().int % 10**8:08}").phone
    await _everything_once(phone)
    wamid = await phone.says("0")
    await phone.next_bubbles()
    secrets = _secrets(phone, wamid)
    places = await _places(system, stack)
    assert places.keys() >= {"log menu", "log simulator", "metrics billing", "kafka mvvnl.menu.inbound.v1"}
    found = [(place, secret) for place, text in places.items() for secret in secrets if secret in text]
    assert not found, "leaked: " + ", ".join(sorted({place for place, _ in found}))


async def test_the_scan_finds_what_does_leak(chats: Chats, system: System, stack: Settings) -> None:
    phone = chats().phone
    log = system.log("menu")
    before = log.read_bytes()
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(f'{{"event": "sent to {phone.wa_id}"}}\n')
        places = await _places(system, stack)
    finally:
        log.write_bytes(before)
    assert phone.wa_id in places["log menu"]


async def _places(system: System, stack: Settings) -> dict[str, str]:
    """All text that people other than the consumer and his discom may see, by where it stands."""
    found = {f"log {name}": system.log(name).read_text("utf-8", "replace") for name in system.children}
    for name in system.children:
        found[f"metrics {name}"] = await _metrics(system.ports[f"{name} admin"])
    consumer = await kafka.start_consumer(stack, f"tests.{uuid4()}")
    names = {topic.name(code) for topic in ALL for code in DISCOMS}
    consumer.subscribe(list(names))
    try:
        while not await _read_whole(consumer, names):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                seen = found.get(f"kafka {tp.topic}", tp.topic)
                for record in records:
                    headers = b" ".join(value for _, value in record.headers)
                    seen += f"\n{(record.key or b'').decode()} {headers.decode()}"
                found[f"kafka {tp.topic}"] = seen
    finally:
        await consumer.stop()
    return found


async def _read_whole(consumer: AIOKafkaConsumer, names: set[str]) -> bool:
    """Whether all of these topics were read; a first share may come before the client knows of all."""
    assigned = consumer.assignment()
    if {tp.topic for tp in assigned} < names:
        return False
    ends = await consumer.end_offsets(assigned)
    return all([await consumer.position(tp) >= end for tp, end in ends.items()])


async def _metrics(port: int) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as response:
        return await response.text()
