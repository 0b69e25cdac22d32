"""`understand` and `signal` as services call them: a short text that comes again is not read again.

Ten thousand people who lose their light write a few hundred different texts, and every service looks at a text for
several reasons. Only what is short is remembered, and only the latest: what people tell at length passes by.
"""

from collections.abc import Collection
from functools import lru_cache

from libs.language import signals, understanding
from libs.language.meaning import Signal, Understood

REMEMBERED = 512
SHORT = 60

_signal = lru_cache(REMEMBERED)(signals.signal)


@lru_cache(REMEMBERED)
def _understand(text: str, account_digits: tuple[int, ...]) -> Understood:
    return understanding.understand(text, account_digits)


def signal(text: str) -> Signal | None:
    """The signal that a text is; a text that merely names one is none."""
    return _signal(text) if len(text) <= SHORT else signals.signal(text)


def is_danger(text: str) -> bool:
    """Whether a text tells of danger: the one signal that is heard under a picture, too."""
    heard = signal(text)
    return heard is not None and heard.kind == "danger"


def understand(text: str, account_digits: Collection[int] = (10,)) -> Understood:
    """What a text means, how sure that is, and why; never raises."""
    return (_understand if len(text) <= SHORT else understanding.understand)(text, tuple(account_digits))
