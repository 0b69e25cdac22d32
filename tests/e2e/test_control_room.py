"""The pages for what goes wrong on purpose, and for what a person may hide, change and block."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import Window, opened
from tests.simulator.harness import MVVNL, Simulator, text, until, whatsapp

_numbers = count(919700090101)


@pytest.fixture
def number() -> str:
    return str(next(_numbers))


@pytest.fixture
async def window(browser: Browser, simulator: Simulator, number: str) -> AsyncIterator[Window]:
    opening = await opened(browser, simulator, [number], 1280)
    yield opening
    await opening.context.close()
    assert opening.troubles == []


async def test_a_fault_is_set_and_taken_away_on_the_page(window: Window, simulator: Simulator, number: str) -> None:
    page = window.page
    await page.get_by_role("link", name="नियंत्रण कक्ष").click()
    await page.get_by_label("प्रकार").select_option("error")
    await page.get_by_label("केवल यह फ़ोन").fill(number)
    await page.get_by_label("code").fill("131056")
    await page.locator("#new-fault").get_by_role("button", name="जोड़ें").click()
    await expect(page.get_by_role("row", name=number)).to_be_visible()
    status, answer = await simulator.send(MVVNL, whatsapp(number, text("x")))
    assert (status, answer["error"]["code"]) == (400, 131056)
    await expect(page.get_by_role("row", name=number)).to_contain_text("1 / 1")
    await window.picture("1280-control-room")
    await page.get_by_role("row", name=number).get_by_role("button", name="हटाएँ").click()
    await expect(page.get_by_role("row", name=number)).to_have_count(0)
    assert (await simulator.send(MVVNL, whatsapp(number, text("x"))))[0] == 200


async def test_a_template_is_made_and_paused_on_the_page(window: Window, simulator: Simulator) -> None:
    page = window.page
    await page.get_by_role("link", name="नियंत्रण कक्ष").click()
    form = page.locator("#new-template")
    await form.get_by_label("कहाँ").select_option("mvvnl")
    await form.get_by_label("नाम").fill("power_is_back")
    await form.get_by_label("शब्द").fill("{{1}} में बिजली आ गई है।")
    await form.get_by_role("button", name="जोड़ें").click()
    row = page.get_by_role("row", name="power_is_back")
    await expect(row).to_contain_text("APPROVED")
    await row.get_by_role("button", name="रोकें").click()
    await expect(row).to_contain_text("PAUSED")
    events = await until(
        lambda: [
            value["event"]
            for value in simulator.gateway.values()
            if value.get("message_template_name") == "power_is_back"
        ][1:]
    )
    assert events == ["PAUSED"]


async def test_a_person_hides_the_number_and_blocks_a_discom(window: Window, simulator: Simulator, number: str) -> None:
    phone = window.page.locator(".phone")
    await phone.get_by_role("button", name="और विकल्प").click()
    await phone.get_by_role("button", name="प्रोफ़ाइल").last.click()
    await phone.get_by_label("नाम, जैसा दूसरों को दिखे").fill("Consumer")
    await phone.get_by_label("मेरा नंबर बिज़नेस को न दिखे").check()
    await phone.get_by_role("button", name="सहेजें").click()
    await expect(phone.get_by_role("heading", name="Consumer")).to_be_visible()
    await phone.locator("[data-discom=pvvnl]").click()
    await phone.get_by_role("textbox", name="संदेश").fill("hidden")
    await phone.get_by_role("textbox", name="संदेश").press("Enter")
    [message] = await until(
        lambda: [m for m in simulator.gateway.messages() if m.get("text", {}).get("body") == "hidden"]
    )
    assert "from" not in message
    await phone.get_by_role("button", name="और विकल्प").click()
    await phone.get_by_role("button", name="ब्लॉक करें").click()
    await expect(phone.get_by_text("आपने इस नंबर को ब्लॉक किया है।")).to_be_visible()
    _, answer = await simulator.call(f"/api/phones/{number}", method="GET")
    assert (answer["hidden"], answer["blocked"]) == (True, ["pvvnl"])


async def test_a_person_moves_to_another_number_and_keeps_the_chats(
    window: Window, simulator: Simulator, number: str
) -> None:
    phone, new = window.page.locator(".phone"), str(next(_numbers))
    await simulator.send(MVVNL, whatsapp(number, text("पुराना संदेश")))
    await phone.get_by_role("button", name="और विकल्प").click()
    await phone.get_by_role("button", name="नंबर बदलें").click()
    await phone.get_by_role("textbox").fill(new)
    await phone.get_by_role("dialog").get_by_role("button", name="नंबर बदलें").click()
    region = window.page.get_by_role("region", name=f"फ़ोन +91 {new[2:7]} {new[7:]}")
    await expect(region).to_be_visible()
    await expect(region.locator("[data-discom=mvvnl]")).to_contain_text("पुराना संदेश")
