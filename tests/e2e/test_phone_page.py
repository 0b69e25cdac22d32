"""The phone page in a real browser: what a consumer sees and does."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.conftest import Window, opened
from tests.simulator.harness import MVVNL, Simulator, text, until, whatsapp

_numbers = count(919700080101)


@pytest.fixture
def numbers() -> list[str]:
    return [str(next(_numbers)) for _ in range(3)]


@pytest.fixture
async def desk(browser: Browser, simulator: Simulator, numbers: list[str]) -> AsyncIterator[Window]:
    """A wide window with three phones."""
    window = await opened(browser, simulator, numbers, 1280)
    yield window
    await window.context.close()
    assert window.troubles == []


@pytest.fixture
async def hand(browser: Browser, simulator: Simulator, numbers: list[str]) -> AsyncIterator[Window]:
    """A window as narrow as a phone, with one phone."""
    window = await opened(browser, simulator, numbers[:1], 360)
    yield window
    await window.context.close()
    assert window.troubles == []


def chat_of(phone: Locator, discom: str = "mvvnl") -> Locator:
    return phone.locator(f"[data-discom={discom}]")


async def greet(phone: Locator) -> None:
    await chat_of(phone).click()
    await phone.get_by_role("button", name="नमस्ते").click()
    await phone.get_by_role("button", name="विकल्प देखें").wait_for()


async def choose(phone: Locator, row: str) -> None:
    await phone.get_by_role("button", name="विकल्प देखें").last.click()
    await phone.get_by_role("dialog").get_by_label(row).check()
    await phone.get_by_role("dialog").get_by_role("button", name="भेजें").click()


async def test_a_conversation_from_greeting_to_complaint_number(desk: Window) -> None:
    phone, other = desk.page.locator(".phone").nth(0), desk.page.locator(".phone").nth(1)
    await desk.picture("1280-chats")
    await greet(phone)
    await expect(phone.locator("strong", has_text="मध्यांचल विद्युत")).to_be_visible()
    await expect(phone.locator(".bubble.out").first.get_by_role("img", name="पढ़ा गया")).to_be_visible()
    await phone.get_by_role("button", name="विकल्प देखें").click()
    await expect(phone.get_by_role("radio")).to_have_count(6)
    await desk.picture("1280-list")
    await desk.page.keyboard.press("Escape")
    await choose(phone, "बिल राशि")
    await phone.get_by_role("button", name="बिल जमा करें").click()
    link = phone.get_by_role("link", name="बिल जमा करें")
    await expect(link).to_have_attribute("href", "https://www.uppclonline.com")
    await choose(phone, "शिकायत दर्ज करें")
    await phone.get_by_role("button", name="लोकेशन भेजें").click()
    await phone.get_by_role("dialog").get_by_role("button", name="लोकेशन भेजें").click()
    await phone.get_by_text("MV25112600001").wait_for()
    await expect(phone.locator(".map")).to_be_visible()
    await desk.picture("1280-conversation")
    await expect(other.locator(".chats")).to_be_visible()
    await expect(other.get_by_text("MV25112600001")).to_have_count(0)


async def test_at_360_px_nothing_is_cut_off(hand: Window) -> None:
    phone = hand.page.locator(".phone")
    await hand.picture("360-chats")
    await greet(phone)
    await hand.picture("360-greeting")
    await choose(phone, "बिल राशि")
    await phone.get_by_role("button", name="मुख्य मेनू").wait_for()
    await hand.picture("360-bill")
    overflow = await hand.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    boxes = await phone.locator(".bubble").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert max(boxes) <= 360
    await expect(phone.get_by_role("textbox", name="संदेश")).to_be_in_viewport()


async def test_the_night_has_colours_of_its_own(browser: Browser, simulator: Simulator, numbers: list[str]) -> None:
    window = await opened(browser, simulator, numbers[:1], 360, dark=True)
    await greet(window.page.locator(".phone"))
    await window.picture("360-dark")
    background = await window.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await window.context.close()
    assert background == "rgb(6, 11, 14)"


async def test_messages_arrive_without_reload_and_are_counted_until_read(
    desk: Window, simulator: Simulator, numbers: list[str]
) -> None:
    phone = desk.page.locator(".phone").first
    await chat_of(phone).wait_for()
    for words in ("पहला", "दूसरा"):
        await simulator.send(MVVNL, whatsapp(numbers[0], text(words)))
    await expect(chat_of(phone).get_by_label("2 नए संदेश")).to_be_visible()
    await expect(chat_of(phone)).to_contain_text("दूसरा")
    await chat_of(phone).click()
    await expect(phone.get_by_text("पहला")).to_be_visible()
    await phone.get_by_role("button", name="वापस").click()
    await expect(chat_of(phone).locator(".unread")).to_have_count(0)


async def test_the_keyboard_alone_is_enough(desk: Window) -> None:
    phone, keyboard = desk.page.locator(".phone").first, desk.page.keyboard
    await chat_of(phone).focus()
    await keyboard.press("Enter")
    await expect(phone.get_by_role("textbox", name="संदेश")).to_be_focused()
    await keyboard.type("नमस्ते")
    await keyboard.press("Enter")
    await phone.get_by_role("button", name="विकल्प देखें").focus()
    await keyboard.press("Enter")
    await expect(phone.get_by_role("radio", name="सेवा लिंक")).to_be_focused()
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(phone.get_by_role("dialog")).to_have_count(0)
    await expect(phone.get_by_role("button", name="विकल्प देखें")).to_be_focused()
    await expect(phone.locator(".bubble.out .words").last).to_have_text("प्रीपेड मीटर बैलेंस")
    await expect(phone.locator(".day")).to_have_count(1)


async def test_what_has_the_focus_keeps_it_when_the_page_catches_up(desk: Window, numbers: list[str]) -> None:
    phone = desk.page.locator(".phone").first
    await chat_of(phone).wait_for()
    await desk.page.evaluate(
        """([number, discom]) => {
          window.drawn = new Promise(done => new MutationObserver(done).observe(document.querySelector('.phone'),
            {childList: true, subtree: true}));
          const body = JSON.stringify({discom});
          document.querySelector(`[data-discom=${discom}]`).focus();
          fetch(`api/phones/${number}/clear`, {method: 'POST', headers: {'content-type': 'application/json'}, body});
        }""",
        [numbers[0], "mvvnl"],
    )
    await desk.page.evaluate("window.drawn")
    await expect(chat_of(phone)).to_be_focused()


async def test_what_can_be_pressed_has_a_name(desk: Window) -> None:
    await greet(desk.page.locator(".phone").first)
    nameless = await desk.page.evaluate(
        "[...document.querySelectorAll('button, a, input, textarea, [role=img]')]"
        ".filter(one => !one.hidden)"
        ".filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))"
        ".map(one => one.outerHTML)"
    )
    assert nameless == []


async def test_a_sample_account_is_typed_by_a_tap_and_its_mobile_can_be_taken_on(desk: Window) -> None:
    phone = desk.page.locator(".phone").first
    await chat_of(phone).click()
    await phone.get_by_role("button", name="नमूना अकाउंट आईडी").first.click()
    await desk.picture("1280-samples")
    await phone.get_by_role("button", name="1000000019 पोस्टपेड, बकाया के साथ").click()
    await expect(phone.get_by_role("textbox", name="संदेश")).to_have_value("1000000019")
    await phone.get_by_role("button", name="नमूना अकाउंट आईडी").first.click()
    await phone.get_by_role("button", name="इसी का मोबाइल बनें").click()
    await expect(desk.page.get_by_role("region", name="फ़ोन +91 97000 80001")).to_be_visible()
    await expect(desk.page.locator(".phone")).to_have_count(3)


async def test_voice_stickers_contacts_and_reactions_can_be_sent(
    desk: Window, simulator: Simulator, numbers: list[str]
) -> None:
    phone = desk.page.locator(".phone").first
    await greet(phone)
    await phone.get_by_role("button", name="वॉइस नोट").click()
    for kind in ("स्टिकर", "संपर्क"):
        await phone.get_by_role("button", name="संलग्न करें").click()
        await phone.get_by_role("button", name=kind, exact=True).click()
        if kind == "स्टिकर":
            await phone.get_by_role("button", name="स्टिकर 🙏").click()
    await phone.locator(".bubble.in .act").first.click(force=True)
    await phone.get_by_role("button", name="प्रतिक्रिया 👍").click()
    await expect(phone.locator(".bubble.in .reactions")).to_have_text("👍")
    await desk.picture("1280-attached")

    def types() -> set[str]:
        return {m["type"] for m in simulator.gateway.messages() if m["from"] == numbers[0]}

    await until(lambda: types() == {"text", "audio", "sticker", "contacts", "reaction"})


async def test_a_picture_is_shown_before_and_after_it_is_sent(
    desk: Window, simulator: Simulator, numbers: list[str]
) -> None:
    phone = desk.page.locator(".phone").first
    await chat_of(phone).click()
    drawn = await desk.page.screenshot()
    await phone.locator("input[type=file]").set_input_files({"name": "m.png", "mimeType": "image/png", "buffer": drawn})
    await phone.get_by_role("dialog").get_by_role("textbox").fill("मीटर की फ़ोटो")
    await phone.get_by_role("dialog").get_by_role("button", name="भेजें").click()
    await expect(phone.locator("img.picture")).to_be_visible()
    assert await phone.locator("img.picture").evaluate("image => image.decode().then(() => image.naturalWidth)") == 1280
    [message] = await until(lambda: [m for m in simulator.gateway.messages() if m["from"] == numbers[0]])
    assert (message["type"], message["image"]["caption"]) == ("image", "मीटर की फ़ोटो")


async def test_what_is_written_while_the_simulator_is_down_is_sent_once(
    browser: Browser, simulator: Simulator, numbers: list[str]
) -> None:
    window = await opened(browser, simulator, numbers[:1], 360)
    phone = window.page.locator(".phone")
    await chat_of(phone).click()
    await simulator.kill()
    await phone.get_by_role("textbox", name="संदेश").fill("सुनिए")
    await phone.get_by_role("textbox", name="संदेश").press("Enter")
    await expect(phone.get_by_role("img", name="भेजा जा रहा है")).to_be_visible()
    await simulator.start()
    await expect(phone.locator(".bubble.out").get_by_role("img", name="पढ़ा गया")).to_be_visible()
    assert len([m for m in await simulator.messages(numbers[0]) if m["direction"] == "out"]) == 1
    await simulator.send(MVVNL, whatsapp(numbers[0], text("अब फिर जुड़े हैं")))
    await expect(phone.get_by_text("अब फिर जुड़े हैं")).to_be_visible()
    await window.context.close()


async def test_the_page_speaks_english_too(browser: Browser, simulator: Simulator, numbers: list[str]) -> None:
    window = await opened(browser, simulator, numbers[:1], 1280, language="en")
    await expect(window.page.get_by_role("button", name="Madhyanchal Vidyut")).to_be_visible()
    await window.page.get_by_role("button", name="हिन्दी").click()
    await expect(window.page.get_by_role("button", name="मध्यांचल विद्युत")).to_be_visible()
    await window.context.close()
    assert window.troubles == []


async def test_a_phone_is_added_by_its_number(desk: Window) -> None:
    await desk.page.get_by_role("button", name="फ़ोन जोड़ें").click()
    await desk.page.get_by_role("dialog").get_by_role("textbox").fill("97000 80999")
    await desk.page.get_by_role("dialog").get_by_role("button", name="खोलें").click()
    await expect(desk.page.get_by_role("region", name="फ़ोन +91 97000 80999")).to_be_visible()
