"""Pages from templates, in the officer's language."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

from libs.kit.texts import Texts
from libs.schemas.dialogue import Moment
from libs.schemas.messages import Language
from services.complaints.domain import Complaint
from services.complaints.worker import TEXTS as SPOKEN

HERE = Path(__file__).parent
STYLE = (HERE / "style.css").read_bytes()
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}  # fmt: skip


class Pages:
    """Fills the templates. Everything is escaped; a missing fact is an error, not a gap."""

    def __init__(self) -> None:
        self._texts = Texts(HERE / "texts")
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, language: Language, **facts: Any) -> str:
        """One page."""

        def t(key: str, **holes: object) -> str:
            return self._texts.say(key, language, **holes)

        def spoken(key: str) -> str:
            return SPOKEN.say(key, language)

        def what(complaint: Mapping[str, Any] | Complaint) -> str:
            category, subtype = _field(complaint, "category"), _field(complaint, "subtype")
            return spoken(f"category.{category}") if subtype == "other" else spoken(f"subtype.{category}.{subtype}")

        def when(at: datetime) -> str:
            return t("at", at=Moment(at))

        return self._environment.get_template(template).render(
            t=t, spoken=spoken, what=what, when=when, language=language, **facts
        )


def _field(complaint: Mapping[str, Any] | Complaint, name: str) -> Any:
    return getattr(complaint, name) if isinstance(complaint, Complaint) else complaint[name]
