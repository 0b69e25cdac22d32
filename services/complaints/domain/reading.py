"""What the words of a complaint say beyond its category: which sub-type, and whether a place is named. Pure."""

import re
from collections.abc import Collection, Mapping

from libs.language import ascii_digits
from libs.schemas.events import Category

_SUBTYPES: Mapping[Category, Mapping[str, tuple[str, ...]]] = {
    "supply": {
        "recharged": (
            r"rech?a?r[gj]", "रिचार्ज", "payment", "bhugtan", "भुगतान", r"\bpaid\b", "paisa jama", "बिल जमा", "bill jama",
        ),
        "voltage": ("volt", "bolt", "वोल्ट", r"\bdim\b", "डिम", "pankha dh", "पंखा धी"),
        "transformer": (r"tra?nsf", "ट्रांसफ", "ट्रान्सफ"),
        "line": (
            r"\bta+r\b", r"तार\b", "khamb", "खंभ", "खम्भ", "खंब", r"\bpole\b", r"पोल\b", r"\bwires?\b", "cable", "केबल",
        ),
        "area": (
            r"\bp[uo]+r[aei]+ (?:mo|ga|co|ar|il|ba|vi|sh)", "पूरे", r"पूरा (?:मोह|गा|इला)", "सबके", "sabke", "sab ghar",
            "whole", "entire", "all houses", r"\d+ (?:houses|ghar)", "every ?one",
        ),
        "house": (
            "sirf (?:mer|ham)", "केवल (?:मे|ह)", "सिर्फ (?:मे|ह)", "only (?:my|in my|our|at my)",
            "(?:mere|hamare) ghar", "(?:मेरे|हमारे) घर",
        ),
    },
    "faulty-meter": {
        "burnt": (r"\bjala?\b", "जल", "burn", "dhua", "धुआ", "धुँआ"),
        "fast": (r"\bte[jz]\b", "तेज", "fast", "bhag raha", "भाग"),
        "display": ("display", "डिस्प्ले", "screen"),
        "seal": (r"\bseal", "सील"),
        "stopped": (r"\bband\b", "बंद", "बन्द", "stop", r"\bruk", "रुक", "not working", "dead", "nahi chal", "नहीं चल"),
    },
    "bill-correction": {
        "payment": ("payment", r"\bjama\b", "जमा", "भुगतान", "bhugtan", r"\bpaid\b"),
        "reading": ("reading", "riding", "रीडिंग", r"\b(?:rdf|idf|nr|na)\b", r"\bunit", "यूनिट"),
        "details": (r"\bnaa?m\b", r"\bname\b", r"नाम\b", "address", r"\bpata\b", "पता "),
        "high": (r"[zj]y?a+da", "ज्यादा", "ज़्यादा", r"\bhigh\b", "too much", r"\bbadh", "बढ़"),
    },
    "bill-not-received": {},
    "new-connection": {
        "charges": ("estimate", "एस्टीमेट", "shulk", "शुल्क", r"\bfees?\b", "फीस"),
        "delayed": (
            "(?:apply|aavedan|avedan) ki", "आवेदन कि", "applied", "delay", "n(?:ah|h)i (?:mila|laga|diya|aaya)",
            "नहीं (?:मिला|लगा|दिया)", "kab mil", "कब मिल",
        ),
        "apply": ("chahiy", "चाहिए", r"\blena\b", "लेना", "lagwa", "लगवा", "how to", "kaise", "कैसे"),
    },
}  # fmt: skip
_PATTERNS = {
    category: tuple((name, re.compile("|".join(words))) for name, words in rows.items())
    for category, rows in _SUBTYPES.items()
}
_PLACES = (
    r"\b[a-z]{3,}(?:nagar|pur|pura|puram|ganj|abad|garh|bagh|kheda|khera)\b",
    r"\b(?:nagar|vihar|enclave|colony|chauraha|chowk|sector|ward|tehsil)\b",
    r"\b(?:village|gram|gaon|gaanv) (?!(?:me|mein|ka|ki|ke|se|hai|wala)\b)[a-z]{3,}",
    r"\b[a-z]{3,} (?:road|marg|tola)\b",
    "[\u0900-\u097f]{2,}(?:नगर|पुर|पुरम|पुरा|गंज|ाबाद|गढ़|बाग)(?![\u0900-\u097f])",
    "नगर|विहार|कॉलोनी|कालोनी|चौराह|सेक्टर|वार्ड|तहसील",
    "[\u0900-\u097f]{2,} (?:रोड|मार्ग|टोला)",
    "(?:ग्राम|गाँव|गांव) (?!में|मे|का|की|के|से|है)[\u0900-\u097f]{3,}",
)
_PLACE = re.compile("|".join(_PLACES))
_NEARBY = re.compile(
    r"\b(?:ke paas|ke samne|near|gali|mohalla|muhalla|basti|bazar|bazaar|makan|house no|h\.? ?no|plot|post|"
    r"block|thana|zila|jila|dist|district|mandir|masjid|school|chauraha|tiraha|chungi|station|gaon|village|gram)\b"
    "|के पास|के सामने|गली|मोहल्ल|बस्ती|बाज़ार|बाजार|मकान|पोस्ट|ब्लॉक|थाना|जिला|ज़िला|मंदिर|मस्जिद|स्कूल|चौराह|गाँव|गांव"
    "|ग्राम"
)
_PHONE = re.compile(r"\D*(?:\+?91|0)?[\s-]*([6-9]\d{4}[\s-]?\d{5})\D*")
_UNKNOWN = re.compile(
    r"\b(?:(?:pata|yaad|ma?lum|paas|id) na?h[ie]n?|na?h[ie]n? (?:pata|ma?lum)|do ?n[o']?t (?:know|have)|no idea)\b"
    "|पता नहीं|नहीं पता|याद नहीं|मालूम नहीं|पास नहीं|आईडी नहीं"
)
_MENDED = re.compile(
    r"\b(?:light|lait|bijl[iy]|bijali|power|supply|current|karant|batti) (?:wapas |ab |toh? )?"
    r"aa? ?(?:ga[iy]*[ie]?|gy[ie]|chuki)\b"
    r"|\b(?:thee?k|thik|solved?|hal|sahi|resolved?) (?:ho|kar) ?(?:ga?y[aie]|gaya|gai|diya|chuk[ai])\b"
    "|power is back|is solved"
    "|(?:बिजली|लाइट|लाईट|सप्लाई|बत्ती) (?:वापस |अब )?आ (?:गई|गयी|चुकी)|(?:ठीक|हल|सही) (?:हो|कर) (?:गई|गया|गयी|दिया|चुकी)"
)
_NOT_FOR_LONG = re.compile(
    r"\s*(?:th[ai]|h[au]i th[ai])\b|.*\b(?:ph?ir|fir|lekin|magar|par|but|again|dobara|dubara)\b"
    "|\\s*(?:था|थी)|.*(?:फिर|लेकिन|मगर|दोबारा|दुबारा)| .*पर ",
    re.DOTALL,
)
_WHEN = re.compile(r"\b(?:kab|kabtak|when|how long|kitn[aie] (?:der|time|samay|din))\b|कब|कितनी देर|कितना समय|कितने दिन")
_NOTHING = re.compile(r"\W*(?:skip|no thanks|kuch nahi|bas|chh?odo|chh?oden?|छोड़ें|छोड़ो|छोड़िए|कुछ नहीं|बस|आगे|aage)\W*")
_ASKS = re.compile(
    r"\b(?:kitn[aie]|bata[oy]\w*|bataiye|dikha\w*|kya hua|kaha|kahan|status|show|check|what|how much|tell me)\b|[?]"
    "|कितन|बताओ|बताइ|बताएं|बताएँ|दिखाओ|दिखाइ|दिखाएं|क्या हुआ|कहाँ|स्थिति"
)
_LETTERS = re.compile(r"[^\W\d_]")


def subtype_of(category: Category, text: str) -> str | None:
    """The sub-type that the words name, the more telling first: "recharge kiya, light nahi" is about the recharge."""
    lowered = text.lower()
    return next((name for name, pattern in _PATTERNS[category] if pattern.search(lowered)), None)


def names_place(text: str) -> bool:
    """Whether the words name a place that a lineman could find: `Indira Nagar`, `ग्राम रामपुर`."""
    return _PLACE.search(text.lower()) is not None


def tells_where(text: str, districts: Collection[str]) -> bool:
    """Whether an answer to "where?" plainly is one: it names a place, a landmark or a district."""
    lowered = text.lower()
    return (
        names_place(text)
        or _NEARBY.search(lowered) is not None
        or any(district.lower() in lowered for district in districts)
    )


def phone_in(text: str) -> str | None:
    """The Indian mobile number that a short text consists of, as WhatsApp writes it."""
    found = _PHONE.fullmatch(ascii_digits(text)) if len(text) < 60 else None
    return "91" + re.sub(r"\D", "", found[1]) if found else None


def knows_not(text: str) -> bool:
    """Whether the words say that what was asked for is not known, or not at hand."""
    return _UNKNOWN.search(text.lower()) is not None


def says_mended(text: str) -> bool:
    """Whether the words say that the trouble is over: `light aa gayi`, but not `light aa gayi thi phir chali gayi`."""
    lowered = text.lower()
    found = _MENDED.search(lowered)
    return found is not None and _NOT_FOR_LONG.match(lowered, found.end()) is None


def asks_when(text: str) -> bool:
    """Whether the words ask when it will be done."""
    return _WHEN.search(text.lower()) is not None


def has_words(text: str) -> bool:
    """Whether it says anything at all: two letters of any script, so no mere emoji or number."""
    return len(_LETTERS.findall(text)) >= 2


def adds_nothing(text: str) -> bool:
    """Whether the words say that there is nothing to add."""
    return _NOTHING.fullmatch(text.lower()) is not None


def asks_for(text: str) -> bool:
    """Whether the words ask to be told something, rather than tell it."""
    return _ASKS.search(text.lower()) is not None
