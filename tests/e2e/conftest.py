"""A browser to look at the phones with, and a simulator whose gateway answers by a script."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.simulator.harness import Simulator, buttons, list_of, running, text

PICTURES = Path(__file__).parents[2] / "artefacts" / "phone-page"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)

MENU = list_of(
    "नमस्ते। *मध्यांचल विद्युत* में आपका स्वागत है।\n\n1 सेवा लिंक\n2 बिल राशि\n3 प्रीपेड मीटर बैलेंस\n4 शिकायत दर्ज करें\n"
    "5 शिकायत की स्थिति\n6 संपर्क\n\nनंबर लिखें या सूची से चुनें।",
    "विकल्प देखें",
    ("menu:links", "सेवा लिंक", "भुगतान, नया कनेक्शन, सुधार"),
    ("billing:bill", "बिल राशि", "राशि और देय तिथि"),
    ("billing:balance", "प्रीपेड मीटर बैलेंस", ""),
    ("complaints:new", "शिकायत दर्ज करें", ""),
    ("complaints:track", "शिकायत की स्थिति", ""),
    ("menu:contacts", "संपर्क", ""),
)
BILL = buttons("आपका बिल *₹1,24,580.00* है। देय तिथि 15-12-2026।", pay="बिल जमा करें", menu="मुख्य मेनू")
PAY = {
    "type": "interactive",
    "interactive": {
        "type": "cta_url",
        "body": {"text": "बिल यहाँ जमा करें: https://www.uppclonline.com।"},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "बिल जमा करें", "url": "https://www.uppclonline.com"},
        },
    },
}
WHERE = {
    "type": "interactive",
    "interactive": {
        "type": "location_request_message",
        "body": {"text": "कृपया अपनी लोकेशन भेजें, या 0 लिखें।"},
        "action": {"name": "send_location"},
    },
}
SCRIPT = {
    "नमस्ते": [MENU],
    "billing:bill": [BILL],
    "pay": [PAY],
    "complaints:new": [WHERE],
    "location": [text("धन्यवाद। आपकी शिकायत संख्या *MV25112600001* है।")],
}
SAMPLES = {
    "mvvnl": [
        {"account_id": "1000000019", "what": {"hi": "पोस्टपेड, बकाया के साथ", "en": "Arrears"}, "mobile": "9700080001"},
        {"account_id": "1000000035", "what": {"hi": "स्मार्ट मीटर नहीं", "en": "No smart meter"}},
    ]
}


@pytest.fixture(scope="module")
async def simulator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    if not CHROMIUM:
        pytest.skip("no chromium here: `apt-get install chromium fonts-noto-core` and the phone page is tested too")
    directory = tmp_path_factory.mktemp("simulator")
    (directory / "samples.json").write_bytes(orjson.dumps(SAMPLES))
    async with running(directory) as started:
        started.gateway.script = SCRIPT
        yield started


@pytest.fixture(scope="module")
async def browser(simulator: Simulator) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        await chromium.close()


@dataclass
class Window:
    """A browser window on the phone page, with what went wrong in it."""

    page: Page
    context: BrowserContext
    troubles: list[str] = field(default_factory=list)

    async def picture(self, name: str) -> None:
        """Keeps what is to be seen now, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")


async def opened(
    browser: Browser, simulator: Simulator, phones: list[str], width: int, *, dark: bool = False, language: str = "hi"
) -> Window:
    """The page with these phones, in a window of its own."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800 if width > 700 else 740},
        locale=f"{language}-IN",
        timezone_id="Asia/Kolkata",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    window = Window(page, context)
    page.on("pageerror", lambda error: window.troubles.append(str(error)))
    page.on("console", lambda line: window.troubles.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: _foreign(window, request.url, simulator.url))
    remembered = orjson.dumps(phones).decode()
    await page.add_init_script(f"localStorage.phones ??= {remembered!r}")
    await page.goto(simulator.url)
    await page.locator(".phone").first.wait_for(state="attached")
    return window


def _foreign(window: Window, address: str, own: str) -> None:
    if not address.startswith((own, "data:", "blob:")):
        window.troubles.append(f"asks elsewhere: {address}")
