from collections.abc import Collection
from typing import Any

from libs.language.answers import option
from libs.language.meaning import Intent, Understood
from libs.language.numbers import read

_M: tuple[Intent, ...] = ("links", "bill", "balance", "complaint", "track", "contacts")


def understand(text: str, account_digits: Collection[int] = (10,)) -> Understood:
    n = read(text, account_digits)
    o = option(text, 6)
    return Understood(
        _M[o - 1] if o else "other", account_id=n.account_id, complaint_number=n.complaint_number, confidence=1.0
    )


def as_json(text: str) -> dict[str, Any]:
    u = understand(text)
    return {
        "text": text,
        "intent": u.intent,
        "account_id": u.account_id,
        "complaint_number": u.complaint_number,
        "danger": u.danger,
    }
