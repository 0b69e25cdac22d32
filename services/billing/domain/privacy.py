"""Who may see what: the registered mobile everything, others little and not of many accounts."""

from datetime import date, datetime, timedelta, timezone

from libs.schemas.messages import Message
from services.billing.backends import BackendAccount

ACCOUNTS_A_DAY = 5
"""Different accounts that a chat may look at without being their registered mobile."""
IST = timezone(timedelta(hours=5, minutes=30))


def day_of(at: datetime) -> date:
    """The day in India."""
    return at.astimezone(IST).date()


def is_registered(account: BackendAccount, message: Message) -> bool:
    """Whether the account's registered mobile is the one that writes: WhatsApp has proven that number."""
    return bool(account.mobile) and message.sender.phone == f"91{account.mobile}"


def masked(name: str) -> str:
    """A name fit for anybody: the first letter of each word with its vowel signs, then dots; stars would be bold."""
    return " ".join(f"{_head(word)}•••" for word in name.split()) or "•••"


def _head(word: str) -> str:
    end = 1
    while end < len(word) and _is_sign(word[end]):
        end += 1
    return word[:end]


def _is_sign(character: str) -> bool:
    # Devanagari signs that belong to the letter before: candrabindu to visarga, nukta, vowel signs, virama
    code = ord(character)
    return 0x0900 <= code <= 0x0903 or code == 0x093C or 0x093A <= code <= 0x094F or code in (0x0962, 0x0963)


def ending(account_id: str) -> str:
    """The last four digits, enough for its owner to know which account is meant."""
    return account_id[-4:]
