"""Text in, meaning out: what a consumer wrote, in Hindi, Hinglish or English. Pure; used by every service.

`signal` is looked at before every dialogue step, `understand` where the step's own answer does not fit. A text goes
through `script` (one spelling), `numbers` (account, complaint), `lexicon` (words as concepts), `danger`, `signals`,
`rules` (what people decided), `features` and `classifier` (what was learnt); `understanding` puts it together.

A misunderstood sentence goes into `examples/<intent>.txt`, a new word into `lexicon.toml`; then `make understand`.
"""

from libs.language.answers import area, is_thanks, language_of, option, other_account, yes_no
from libs.language.meaning import SURE, Intent, Language, Signal, SignalKind, Understood
from libs.language.memory import is_danger, signal, understand
from libs.language.numbers import find_account, find_complaint_number, number_like
from libs.language.script import ascii_digits
from libs.language.understanding import as_json

__all__ = [
    "SURE",
    "Intent",
    "Language",
    "Signal",
    "SignalKind",
    "Understood",
    "area",
    "as_json",
    "ascii_digits",
    "find_account",
    "find_complaint_number",
    "is_danger",
    "is_thanks",
    "language_of",
    "number_like",
    "option",
    "other_account",
    "signal",
    "understand",
    "yes_no",
]
