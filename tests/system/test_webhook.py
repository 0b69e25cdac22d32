"""The webhook on the running system: what is accepted or refused, kept for people, answered once."""

import asyncio
import io
import time
from collections.abc import Callable
from uuid import uuid4

import aiohttp
import pytest

from deploy.local.system import System
from libs.kit import kafka
from libs.kit.settings import Settings
from libs.schemas.topics import UNPARSED
from tests import meta
from tests.phone import Phone
from tests.system.conftest import Meta

NewPhone = Callable[..., Phone]


async def test_metas_check_of_the_address_gets_the_raw_challenge_back(system: System, meta_side: Meta) -> None:
    token = system.environment()["WHATSAPP_VERIFY_TOKEN"]
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    async with meta_side.http.get(meta_side.url, params=asked) as response:
        assert (response.status, await response.text()) == (200, "1158201444")
    async with meta_side.http.get(meta_side.url, params=asked | {"hub.verify_token": "wrong"}) as response:
        assert response.status == 403


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=00", "sha256=" + "0" * 64, "sha256=ü" + "0" * 63])
async def test_a_wrong_or_missing_signature_is_refused_and_nothing_follows(
    meta_side: Meta, new_phone: NewPhone, header: str | None
) -> None:
    phone = new_phone()
    headers = {} if header is None else {"x-hub-signature-256": header}
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "hi")), headers) == 401
    await asyncio.sleep(0.5)
    assert await phone.bubbles() == []


async def test_a_body_over_3_mb_is_refused(meta_side: Meta) -> None:
    assert await meta_side.post(io.BytesIO(b" " * (3 * 1024 * 1024 + 1)), {}) == 413


@pytest.mark.parametrize(
    "raw", ["not json {}", '{{"object":"page","mark":"{}"}}', '["{}"]', '{{"entry":[{{"changes":"{}"}}]}}']
)
async def test_what_cannot_be_read_gets_200_and_is_kept_for_people(stack: Settings, meta_side: Meta, raw: str) -> None:
    mark = uuid4().hex
    assert await meta_side.post(raw.format(mark).encode()) == 200
    assert await _kept(stack, mark.encode())


async def test_a_number_that_is_not_ours_is_kept_and_never_answered(
    stack: Settings, meta_side: Meta, new_phone: NewPhone
) -> None:
    phone, mark = new_phone(), uuid4().hex
    raw = meta.body("mvvnl", meta.text(phone.wa_id, mark), number_id="999999999999999")
    assert await meta_side.post(raw) == 200
    assert await _kept(stack, mark.encode())
    assert await phone.bubbles() == []


async def test_the_same_webhook_ten_times_at_once_gives_one_answer(meta_side: Meta, new_phone: NewPhone) -> None:
    phone = new_phone()
    raw = meta.body("mvvnl", meta.text(phone.wa_id, "नमस्ते"))
    assert await asyncio.gather(*(meta_side.post(raw) for _ in range(10))) == [200] * 10
    assert len(await phone.next_bubbles()) == 1
    assert await meta_side.post(raw) == 200
    await asyncio.sleep(1)
    assert await phone.bubbles() == []


async def test_four_messages_in_one_post_end_in_a_sensible_conversation(meta_side: Meta, new_phone: NewPhone) -> None:
    phone = new_phone()
    said = [meta.text(phone.wa_id, words) for words in ("hi", "1", "गाँव", "6")]
    assert await meta_side.post(meta.body("mvvnl", *said)) == 200
    bubbles = await phone.next_bubbles(4)
    assert len(bubbles) == 4
    assert "में आपका स्वागत है" in bubbles[0].body
    assert "शहर" in bubbles[1].body
    assert "https://consumer.uppcl.org/wss" in bubbles[2].body
    assert "1912" in bubbles[3].body


async def test_a_message_older_than_the_question_is_no_answer_to_it(meta_side: Meta, new_phone: NewPhone) -> None:
    phone, now = new_phone(), time.time()
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "1", at=now - 10))) == 200
    await phone.next_bubbles()
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "2", at=now - 70))) == 200
    [late] = await phone.next_bubbles()
    assert "https://" not in late.body, "2 was taken for the village, though it was written before the question"


async def test_a_message_that_comes_a_day_late_is_not_executed(meta_side: Meta, new_phone: NewPhone) -> None:
    phone, now = new_phone(), time.time()
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "hi", at=now - 25 * 3600))) == 200
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "6", at=now))) == 200
    [only] = await phone.next_bubbles()
    assert "1912" in only.body


async def test_a_button_works_for_as_long_as_it_stays_on_the_phone(meta_side: Meta, new_phone: NewPhone) -> None:
    phone = new_phone()
    assert await meta_side.post(meta.body("mvvnl", meta.text(phone.wa_id, "1"))) == 200
    await phone.next_bubbles()
    assert await meta_side.post(meta.body("mvvnl", meta.tap(phone.wa_id, "menu:contacts", "संपर्क"))) == 200
    [bubble] = await phone.next_bubbles()
    assert "1912" in bubble.body


async def _kept(stack: Settings, mark: bytes) -> list[bytes]:
    """Records for people that hold the mark, once there is one."""
    consumer = await kafka.start_consumer(stack, f"tests.{uuid4()}")
    consumer.subscribe([UNPARSED.name()])
    found: list[bytes] = []
    try:
        async with asyncio.timeout(20):
            while not found:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += [record.value for record in records if mark in record.value]
    finally:
        await consumer.stop()
    return found


async def test_every_process_says_how_it_is_on_a_port_of_its_own(system: System, meta_side: Meta) -> None:
    for name in system.children:
        port = system.ports[f"{name} admin"]
        for path in ("/livez", "/startz", "/readyz", "/metrics"):
            async with meta_side.http.get(f"http://127.0.0.1:{port}{path}") as response:
                assert response.status == 200, (name, path, await response.text())
    with pytest.raises(aiohttp.ClientResponseError):
        async with meta_side.http.get(meta_side.url.replace("/webhook", "/metrics"), raise_for_status=True):
            pass
