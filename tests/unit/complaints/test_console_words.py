"""The console says what the consumer was told in the consumer's words: those texts must be there."""

import re
from pathlib import Path

from services.complaints.worker import TEXTS

TEMPLATES = Path(__file__).parents[3] / "services/complaints/console/templates"
VALUES = {
    "confirm": ("urban", "rural"),
    "category": ("supply", "faulty-meter", "bill-correction", "bill-not-received", "new-connection"),
    "level": ("JE", "SDO", "XEN", "CGRF"),
}


def test_every_text_of_the_consumers_that_a_page_shows_exists() -> None:
    pages = "".join(page.read_text("utf-8") for page in TEMPLATES.glob("*.html"))
    families = set(re.findall(r'spoken\("([\w-]+)\." ~', pages))
    assert families == VALUES.keys()
    assert all(TEXTS.has(f"{family}.{value}") for family in families for value in VALUES[family])
