"""The console over HTTP, the worker beside it: what an officer does reaches the consumer, who has the last word."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest_asyncio

from libs.kit.http import HttpServer
from libs.schemas.events import ComplaintStatusChanged
from libs.schemas.messages import Choice
from services.complaints.clock import Clock
from services.complaints.console.app import Console
from services.complaints.console.lists import PAGE, VIEWS, page
from services.complaints.console.officers import MOST_FAILURES, Officers
from services.complaints.console.sessions import Sessions
from tests.integration.test_complaints import Chat, Office, office, running

__all__ = ["office"]
ATTACK = "<script>alert(1)</script>"
MANY = """
INSERT INTO complaints
SELECT 'MV261126' || lpad(n::text, 5, '0'), gen_random_uuid(), gen_random_uuid(), 1, now(), 0, 'hi', NULL,
    (ARRAY['supply', 'faulty-meter'])[1 + n % 2], 'other', 'urban', NULL, false, NULL, NULL, NULL, '', '{}', false, 8,
    true, now(), now() + n * interval '1 minute', NULL, 1 + n % 2, 'open', 'JE', NULL, false, NULL, 1
FROM generate_series(1, 20000) AS n
"""


@dataclass
class Browser:
    """An officer's browser."""

    http: aiohttp.ClientSession
    url: str
    login: str
    password: str
    html: str = ""
    status: int = 0

    async def opens(self, path: str) -> str:
        async with self.http.get(self.url + path) as answer:
            self.status, self.html = answer.status, await answer.text()
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        return self.html

    async def sends(self, path: str, **fields: str) -> str:
        async with self.http.post(self.url + path, data=fields) as answer:
            self.status, self.html = answer.status, await answer.text()
        return self.html

    @property
    def token(self) -> str:
        return hidden(self.html, "token")

    async def enters(self, password: str = "") -> str:
        await self.opens("/login")
        return await self.sends("/login", token=self.token, login=self.login, password=password or self.password)

    async def does(self, number: str, action: str, text: str = "", **other: str) -> str:
        """Opens a complaint and sends one of its forms."""
        html = await self.opens(f"/complaints/{number}")
        fields = {name: hidden(html, name) for name in ("token", "id", "version")} | other
        return await self.sends(f"/complaints/{number}", action=action, text=text, **fields)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]


@asynccontextmanager
async def serving(console: Console) -> AsyncIterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = HttpServer(console.app(), "127.0.0.1", port)
    task = asyncio.create_task(server.run())
    while await server.check():
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        with suppress(asyncio.CancelledError):
            await task


@pytest_asyncio.fixture(loop_scope="session")
async def browser(office: Office, tmp_path: Path) -> AsyncIterator[Browser]:
    """An officer of the discom who has not entered yet."""
    code = office.discom.code
    officers = Officers(tmp_path, [code], make_missing=True)
    console = Console({code: office.discom}, {code: office.pool}, officers, Sessions(tmp_path), secure=False)
    login = f"{code}.officer"
    jar = aiohttp.CookieJar(unsafe=True)
    async with serving(console) as url, aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(http, url, login, (tmp_path / login).read_text().strip())


def day(hour: int = 12) -> datetime:
    """A moment of tomorrow in India, when notices may be sent or not."""
    return datetime.now(UTC).replace(hour=0, minute=0) + timedelta(days=1, hours=hour - 5.5)


async def registered(office: Office, chat: Chat, category: str = "supply") -> str:
    reply = await chat.says(Choice(id=await chat.is_asked_to_confirm(category)))
    found = re.search(r"\*(MV\d+)\*", reply.body)
    assert found
    return found[1]


async def test_only_the_consumers_yes_closes_what_an_officer_has_resolved(office: Office, browser: Browser) -> None:
    chat = Chat(office)
    async with running(office.worker()) as worker:
        number = await registered(office, chat)
        await browser.enters()
        await browser.does(number, "take")
        await browser.does(number, "resolve", "फ्यूज बदला गया")
        assert await status(office, number) == "resolved"
        await Clock(worker).round(day())
        asked = await chat.notice()
        assert "फ्यूज बदला गया" in asked.body and asked.context and asked.context.floor
        chat.context = asked.context.applied_to(chat.context)

        again = await chat.says("नहीं")
        assert "फिर खोल दी गई" in again.body
        assert await office.pool.fetchval("SELECT (status, priority, level) = ('reopened', 1, 'SDO') FROM complaints")

        await browser.does(number, "resolve", "तार जोड़ा गया")
        await Clock(worker).round(day() + timedelta(hours=1))
        asked = await chat.notice(2)
        yes = next(option for option in asked.options if option.id.startswith("complaints:solved:"))
        assert "बंद की गई" in (await chat.says(Choice(id=yes.id))).body
        assert await status(office, number) == "closed"
        # an officer's facts are published by the worker's sweep, so only their times tell the order
        facts = sorted(await office.facts(ComplaintStatusChanged, 5), key=lambda fact: fact.at)
        moves = [(fact.before, fact.after) for fact in facts]
        assert moves == [
            ("open", "in-progress"), ("in-progress", "resolved"), ("resolved", "reopened"), ("reopened", "resolved"),
            ("resolved", "closed"),
        ]  # fmt: skip
        assert "resolve" not in await browser.opens(f"/complaints/{number}")


async def test_what_waits_for_the_consumer_is_never_closed_and_he_is_reminded_once(
    office: Office, browser: Browser
) -> None:
    chat = Chat(office)
    async with running(office.worker()) as worker:
        number = await registered(office, chat)
        await browser.enters()
        await browser.does(number, "resolve", "काम पूरा")
        clock = Clock(worker)
        await clock.round(day())
        await chat.notice()
        for days in (4, 5, 30):
            await clock.round(day() + timedelta(days=days))
        reminder = await chat.notice(2)
        await office.listens(1.0)
        assert office.notices(chat.id)[1:] == [reminder]
        assert await status(office, number) == "resolved"
        assert "72 घंटे से पुष्टि नहीं" in await browser.opens(f"/complaints/{number}")


async def test_a_form_that_is_sent_twice_is_one_action(office: Office, browser: Browser) -> None:
    chat = Chat(office)
    async with running(office.worker()) as worker:
        number = await registered(office, chat)
        await browser.enters()
        html = await browser.opens(f"/complaints/{number}")
        fields = {name: hidden(html, name) for name in ("token", "id", "version")}
        for _ in range(3):
            await browser.sends(f"/complaints/{number}", action="resolve", text="काम पूरा", **fields)
            assert browser.status == 200 and "हो गया।" in browser.html
        await Clock(worker).round(day())
        await chat.notice()
        assert len(await office.facts(ComplaintStatusChanged, 1)) == 1
        assert len(await office.facts(ComplaintStatusChanged, 2, 5.0)) == 1
        assert len(office.notices(chat.id)) == 1
        assert await office.pool.fetchval("SELECT count(*) FROM history") == 2


async def test_something_else_from_the_same_page_is_no_repetition(office: Office, browser: Browser) -> None:
    async with running(office.worker()):
        number = await registered(office, Chat(office))
        await browser.enters()
        html = await browser.opens(f"/complaints/{number}")
        fields = {name: hidden(html, name) for name in ("token", "id", "version")}
        await browser.sends(f"/complaints/{number}", action="take", **fields)
        assert browser.status == 200 and "हो गया।" in browser.html
        html = await browser.sends(f"/complaints/{number}", action="resolve", text="काम पूरा", **fields)
        assert browser.status == 409 and "काम पूरा</textarea>" in html
        assert await status(office, number) == "in-progress"


async def test_an_officer_cannot_act_on_what_he_has_not_seen(office: Office, browser: Browser) -> None:
    chat = Chat(office)
    async with running(office.worker()):
        number = await registered(office, chat)
        await browser.enters()
        html = await browser.opens(f"/complaints/{number}")
        fields = {name: hidden(html, name) for name in ("token", "id", "version")}
        await chat.says(Choice(id=f"complaints:add:{number}"))
        await chat.says("गली नंबर 4, मंदिर के पास")
        html = await browser.sends(f"/complaints/{number}", action="resolve", text="काम पूरा", **fields)
        assert browser.status == 409 and "बदल गई है" in html and "काम पूरा</textarea>" in html
        assert await status(office, number) == "open"


async def test_a_notice_of_the_night_waits_for_the_morning_and_is_dropped_when_it_is_settled(
    office: Office, browser: Browser
) -> None:
    told, settled = Chat(office), Chat(office)
    async with running(office.worker()) as worker:
        numbers = [await registered(office, chat) for chat in (told, settled)]
        await office.pool.execute("UPDATE complaints SET heard_at = heard_at - interval '2 hours'")
        await browser.enters()
        for number in numbers:
            await browser.does(number, "resolve", "काम पूरा")
        clock = Clock(worker)
        await clock.round(day(22))
        await clock.round(day(31))
        await settled.says(Choice(id=f"complaints:solved:{numbers[1]}"))
        assert office.notices(told.id) == []
        await clock.round(day(32))
        await told.notice()
        await office.listens(1.0)
        assert office.notices(settled.id) == []


async def test_nobody_enters_without_a_password_and_guessing_ends(office: Office, browser: Browser) -> None:
    await browser.opens("/")
    assert "अधिकारी लॉगिन" in browser.html
    for _ in range(MOST_FAILURES):
        await browser.enters("wrong")
        assert browser.status == 403
    await browser.enters()
    assert browser.status == 429, "also the right password waits"
    for path in ("/complaints/MV25112600001", "/?view=closed", "/find?number=1"):
        assert "अधिकारी लॉगिन" in await browser.opens(path)


async def test_a_form_without_its_sessions_token_changes_nothing(office: Office, browser: Browser) -> None:
    chat = Chat(office)
    async with running(office.worker()):
        number = await registered(office, chat)
    await browser.enters()
    for token in ("", "f" * 64):
        await browser.does(number, "take", token=token)
        assert browser.status == 403
    assert await status(office, number) == "open"
    await browser.does(number, "note", "x" * 20_000)
    assert browser.status == 413
    await browser.sends("/login", token="", login=browser.login, password=browser.password)
    assert browser.status == 403


async def test_an_officer_of_one_discom_sees_no_other(stack: object, office: Office, browser: Browser) -> None:
    await browser.enters()
    assert browser.status == 200
    await browser.opens("/complaints/PV25112600001")
    assert browser.status == 404
    http, url = browser.http, browser.url
    other = Browser(http, url, "kesco.officer", browser.password)
    await other.enters()
    assert other.status == 403
    await Browser(http, url, f"{office.discom.code}./../session-key", "x").enters()


async def test_what_a_consumer_writes_is_shown_as_words_never_as_a_page(office: Office, browser: Browser) -> None:
    chat = Chat(office)
    async with running(office.worker()):
        confirm = await chat.is_asked_to_confirm()
        await chat.says(f"bijli nahi {ATTACK}")
        await chat.says(Choice(id=confirm))
    number = await office.pool.fetchval("SELECT number FROM complaints")
    await browser.enters()
    html = await browser.opens(f"/complaints/{number}")
    assert ATTACK not in html and "&lt;script&gt;" in html
    assert f"+9198{chat.id[:8]}" in html
    assert f"9198{chat.id[:8]}" not in await browser.opens("/"), "the phone is shown on the complaint's own page only"


async def test_a_list_is_read_page_by_page_along_an_index(office: Office, browser: Browser) -> None:
    await office.pool.execute(MANY)
    await office.pool.execute("ANALYZE complaints")
    await browser.enters()
    seen: list[str] = []
    path = "/?view=todo&category=supply"
    for _ in range(3):
        html = await browser.opens(path)
        found = re.findall(r'href="/complaints/(MV\d+)"', html)
        assert len(found) == PAGE
        seen += found
        onward = re.search(r'href="(/\?[^"]*after=[^"]*)"', html)
        assert onward
        path = onward[1].replace("&amp;", "&")
    assert len(set(seen)) == 3 * PAGE
    assert seen == [f"MV261126{n:05d}" for n in range(2, 301, 2)]
    assert "500+" in html
    async with office.pool.acquire() as connection:
        for name, view in VIEWS.items():
            for chosen in ({}, {"category": "supply"}):
                first = await page(connection, name, chosen, "")
                assert (len(first.rows) == PAGE) == (name == "todo"), name
            order = ", ".join(column + (" DESC" if view.descending else "") for column in view.order)
            plan = await connection.fetch(
                f"EXPLAIN SELECT number FROM complaints WHERE {view.where} ORDER BY {order} LIMIT {PAGE}"
            )
            assert not any("Sort" in row[0] or "Seq Scan" in row[0] for row in plan), (name, plan)


async def status(office: Office, number: str) -> str:
    return str(await office.pool.fetchval("SELECT status FROM complaints WHERE number = $1", number))
