"""WhatsApp's lengths. Meta does not say what it counts, so a text must fit in code points and in UTF-16 units."""

import unicodedata

from services.gateway.whatsapp.wire import clean

TEXT = 4096
BODY = 1024
"""Of buttons, links and requests; a list's body may be as long as a text."""
CAPTION = 1024
BUTTON_TITLE = 20
BUTTON_ID = 256
BUTTONS = 3
LIST_BUTTON = 20
ROW_TITLE = 24
ROW_DESCRIPTION = 72
ROW_ID = 200
ROWS = 10
LINK_TITLE = 20
CALLBACK = 512
TEMPLATE_NAME = 512
TEMPLATE_BODY = 1024
MORE = "…"
JOINERS = "\u200c\u200d\ufe0e\ufe0f"


class DoesNotFit(ValueError):
    """A reply that WhatsApp would refuse. Says which part and by how much, never what is written there."""


def units(text: str) -> int:
    """UTF-16 units, of which no text has fewer than code points. For text without lone surrogates."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def shortened(text: str, limit: int) -> str:
    """As much of the text as fits with "…" at its end, without cutting a letter from its vowel sign."""
    kept = text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", "ignore")
    end = len(kept)
    while end and end < len(text) and (unicodedata.category(text[end])[0] == "M" or text[end] in JOINERS):
        end -= 1
    return kept[:end].rstrip() + MORE


class Fit:
    """Makes texts fit. Strict: raises `DoesNotFit` instead of shortening."""

    def __init__(self, strict: bool) -> None:
        self._strict = strict
        self.cut: list[str] = []
        """The parts that did not fit."""

    def text(self, what: str, text: str, limit: int) -> str:
        """The text, cleaned and within the limit; "…" where nothing is left, because WhatsApp refuses empty texts."""
        text = clean(text)
        if (length := units(text)) <= limit and not text.isspace() and text:
            return text
        self.wrong(what, f"{length} of {limit} UTF-16 units")
        return shortened(text, limit) if length > limit and not text.isspace() else MORE

    def id(self, what: str, id: str, limit: int) -> str:
        """The id within the limit; empty where there is none. A shortened one still names its owner."""
        id = clean(id).strip()
        if id and units(id) <= limit:
            return id
        self.wrong(what, f"{units(id)} of {limit} UTF-16 units")
        return id.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore").rstrip()

    def wrong(self, what: str, why: str) -> None:
        """Notes a part that WhatsApp would refuse as it is."""
        if self._strict:
            raise DoesNotFit(f"{what}: {why}")
        self.cut.append(what)
