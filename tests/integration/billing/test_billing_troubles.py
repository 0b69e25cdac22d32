"""What happens when the billing system is down, a process dies, or an account cannot be told."""

import asyncio
import os
import signal
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from libs.schemas.events import BillShown
from libs.schemas.messages import Reply
from services.billing.backends import BackendAccount
from services.billing.backends.database import DatabaseBackend
from tests.integration.billing.conftest import POSTPAID, PREPAID, ROOT, Place, Shaky


async def test_a_billing_system_that_is_down_is_answered_with_later_once_and_nothing_follows(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat, other = str(uuid4()), str(uuid4())
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        await place.tap(f"billing:balance:{PREPAID}", chat)
        await place.say("0", chat)
        said = await place.until(1, chat)
        assert said == ["खाते की जानकारी अभी नहीं मिल रही है। कृपया कुछ मिनट बाद फिर देखें।"]
        assert any(e.type == "message.handed_over" for e in place.heard), "0 leads to the menu at once"
        backend.up = True
        await place.tap(f"billing:bill:{PREPAID}", other)
        await place.until(1, other)
        await asyncio.sleep(1.5)
    assert len(place.replies(chat)) == 1
    outcomes = [e.data.outcome for e in place.heard if isinstance(e.data, BillShown) and e.data.chat_id == chat]
    assert outcomes == ["later", "later"]
    assert await place.pool.fetchval("SELECT count(*) FROM links") == 1


async def test_a_billing_system_that_comes_back_soon_is_not_noticed(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat = str(uuid4())
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(100):
            if backend.calls:
                break
            await asyncio.sleep(0.02)
        backend.up = True
        [bill] = await place.until(1, chat)
    assert bill.startswith("*बिल ₹812.50*")


async def test_a_chat_that_became_another_while_it_waited_is_answered(place: Place) -> None:
    backend = Shaky(DatabaseBackend(place.pool))
    chat, joined = str(uuid4()), uuid4()
    async with place.running(backend):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(100):
            if backend.calls:
                break
            await asyncio.sleep(0.02)
        await place.pool.execute("UPDATE asks SET chat_id = $1", joined)
        backend.up = True
        [bill] = await place.until(1, chat)
    assert bill.startswith("*बिल ₹812.50*")
    assert await place.pool.fetchval("SELECT account_id FROM links WHERE chat_id = $1", joined) == PREPAID


async def test_a_question_left_for_hours_is_answered_with_later(place: Place) -> None:
    chat = str(uuid4())
    async with place.running(Shaky(DatabaseBackend(place.pool))):
        await place.tap(f"billing:bill:{PREPAID}", chat)
        for _ in range(200):
            if await place.pool.fetchval("SELECT count(*) FROM asks"):
                break
            await asyncio.sleep(0.02)
    if not place.replies(chat):
        await place.pool.execute("UPDATE asks SET asked_at = now() - interval '1 hour'")
    async with place.running(Shaky(DatabaseBackend(place.pool), up=True)):
        [said] = await place.until(1, chat)
    assert said.startswith("खाते की जानकारी अभी नहीं मिल रही है")


async def test_a_zombie_cannot_answer_what_its_successor_answered(place: Place) -> None:
    chat = str(uuid4())
    entered, release = asyncio.Event(), asyncio.Event()
    real = DatabaseBackend(place.pool)

    class Slow:
        async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
            entered.set()
            await release.wait()
            return await real.accounts(ids)

    zombie, its_asker = place.worker(Slow())
    await place.tap(f"billing:bill:{PREPAID}", chat)
    mine = [asyncio.create_task(zombie.run()), asyncio.create_task(its_asker.run())]
    await asyncio.wait_for(entered.wait(), 20)
    epochs = dict(zombie.delivery.epochs)
    zombie.stop()
    await asyncio.wait_for(mine[0], 15)
    zombie.delivery.epochs.update(epochs)  # as if it had only been stopped for a while
    async with place.running():
        assert len(await place.until(1, chat)) == 1
        release.set()
        await asyncio.sleep(1.0)
    mine[1].cancel()
    with suppress(asyncio.CancelledError):
        await mine[1]
    assert len(place.replies(chat)) == 1


async def test_one_account_that_cannot_be_told_is_parked_alone(place: Place) -> None:
    good, bad = str(uuid4()), str(uuid4())

    class Odd(DatabaseBackend):
        async def accounts(self, ids: Collection[str]) -> Mapping[str, BackendAccount]:
            found = dict(await super().accounts(ids))
            if PREPAID in found:
                found[PREPAID] = None.__class__  # type: ignore[assignment]
            return found

    await place.tap(f"billing:bill:{PREPAID}", bad)
    await place.tap(f"billing:bill:{POSTPAID}", good)
    async with place.running(Odd(place.pool)):
        [said] = await place.until(1, bad)
        assert said.startswith("क्षमा करें")
        [bill] = await place.until(1, good)
        assert bill.startswith("*नवंबर 2026 का बिल")
    assert await place.pool.fetchval("SELECT count(*) FROM parked") == 1
    assert await place.pool.fetchval("SELECT count(*) FROM asks") == 0


async def test_killed_between_question_and_answer_the_next_process_answers_exactly_once(
    place: Place, tmp_path: Path
) -> None:
    chat = str(uuid4())
    text = (ROOT / "deploy/discoms/mvvnl.toml").read_text(encoding="utf-8")
    file = tmp_path / f"{place.discom.code}.toml"
    file.write_text(text.replace('code = "mvvnl"', f'code = "{place.discom.code}"'), encoding="utf-8")
    cause = await place.tap(f"billing:bill:{PREPAID}", chat)

    async def worker(failpoint: str) -> asyncio.subprocess.Process:
        environment = {
            **os.environ, "ENVIRONMENT": "test", "KAFKA_BOOTSTRAP": place.settings.kafka_bootstrap,
            "POSTGRES_DSN": place.settings.postgres_dsn, "DISCOMS_DIR": str(tmp_path), "FAILPOINT": failpoint,
            "POSTGRES_PASSWORD_DIR": str(place.settings.postgres_password_dir), "ADMIN_PORT": "0",
        }  # fmt: skip
        command = [sys.executable, "-m", "services.billing", "worker"]
        return await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )  # fmt: skip

    first = await worker("before_answer:1")
    assert await asyncio.wait_for(first.wait(), 60) == -signal.SIGKILL
    assert await place.pool.fetchval("SELECT count(*) FROM asks") == 1
    second = await worker("")
    try:
        [bill] = await place.until(1, chat, seconds=60)
        await place.send(cause)  # the same message once more
        await asyncio.sleep(1.0)
    finally:
        second.terminate()
        await asyncio.wait_for(second.wait(), 30)
    assert bill.startswith("*बिल ₹812.50*")
    assert len(place.replies(chat)) == 1
    [reply] = [e for e in place.heard if isinstance(e.data, Reply)]
    assert reply.id == cause.follow(0, "", "", chat, cause.data).id


async def test_hundreds_who_asked_while_the_billing_system_is_down_hear_later_once_each(place: Place) -> None:
    chats = [str(uuid4()) for _ in range(450)]
    for chat in chats:
        await place.tap(f"billing:bill:{PREPAID}", chat)
        await place.tap(f"billing:balance:{PREPAID}", chat)
    async with place.running(Shaky(DatabaseBackend(place.pool))):
        for chat in chats:
            assert len(await place.until(1, chat, seconds=60)) == 1
        assert await place.pool.fetchval("SELECT count(*) FROM asks") == 0
    assert sum(len(place.replies(chat)) for chat in chats) == 450
