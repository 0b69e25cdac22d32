"""Short answers to a question that was just asked: a number from a list, yes or no, town or village, and the language used."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from libs.language.meaning import Language
from libs.language.script import bones, clean, fold, words

_ORDINALS: Final = (
    "ek one first pehla pahla pehli pahli pahle pehle 1st एक वन पहला पहली पहले फर्स्ट",
    "do two second dusra doosra dusri doosri 2nd दो टू दूसरा दूसरी सेकंड",
    "teen tin three third tisra teesra tisri teesri 3rd तीन थ्री तीसरा तीसरी",
    "char chaar four fourth chautha chauthi 4th चार फोर चौथा चौथी",
    "panch paanch five fifth panchva paanchva paanchvan panchwa 5th पांच पाँच फाइव पांचवां पाँचवाँ पांचवा",
    "chhe cheh chhah chah six sixth chhatha chhata 6th छह छः छे छ सिक्स छठा छठी",
    "saat seven seventh satva saatva 7th सात सेवन सातवां",
    "aath eight eighth aathva 8th आठ एट आठवां",
    "nau nine ninth nauva 9th नौ नाइन नौवां",
    "das dus ten tenth dasva 10th दस टेन दसवां",
)
_OPTION_WORDS: Final = {clean(name): n for n, names in enumerate(_ORDINALS, 1) for name in names.split()}
_AROUND: Final = (
    r"(?:option|optn|opt|choice|number|numbar|nambar|no|vikalp|button|press|select|dabaye|sankhya|wala|vala|wali|vali|"
    r"विकल्प|ऑप्शन|आप्शन|नंबर|नम्बर|संख्या|वाला|वाली|बटन|please|plz|ji|जी|sir)"
)
_OPTION: Final = re.compile(
    rf"(?:{_AROUND}[\s.:#=-]*){{0,3}}[(\[]?\s*(\w{{1,12}}?|[\u0900-\u097f]{{1,8}})\s*[)\]]?[\s.।!,:-]*(?:{_AROUND}[\s.!]*){{0,3}}"
)

_STRONG_YES: Final = "haan han ha hn haa haanji hanji yes yess yep yeah yup y ok okay okey okk oky k kk sure done confirm हाँ हां हा हाँजी यस ओके ओक"
_SOFT_YES: Final = "ji jee bilkul sahi theek thik thk tik tk teek right correct good achha acha accha badhiya जी बिल्कुल बिलकुल सही ठीक अच्छा राइट"
_NO: Final = (
    "nahi nahin nhi nai nay naa na no nope n not never mat galat wrong incorrect cancel dont don "
    "नहीं नही नहि ना न नो मत गलत ग़लत रद्द कैंसल कैंसिल"
)
_FILLERS: Final = (
    "sir madam bhai bhaiya please plz pls kripya hai he h hain hoon hu ho kar karo kare karen kijiye kijie kardo karde do de dijiye dijie dena dein "
    "jao jaye rakho chahiye chahte mujhe abhi to toh wahi vahi yahi ye yeh it is that this thats its i my mera meri am want do karna karni "
    "bas aap hum main register confirm darj complaint shikayat bhej bhejo aage badho proceed go ahead baat koi bat all "
    "सर मैडम भाई कृपया है हैं हूँ हो कर करो करें कीजिए करिए दो दे दीजिए दें देना जाए चाहिए मुझे अभी तो वही यही यह ये बस आप "
    "हम मैं शिकायत दर्ज भेजो भेजें आगे करना करनी मेरा मेरी"
)

_URBAN: Final = (
    "shahar shehar shaher sheher sahar shahari shehri sehari city urban town nagar nagariya nagriya shahri metro "
    "शहर शहरी सिटी अर्बन नगर नगरीय टाउन"
)
_RURAL: Final = (
    "gaon gaanv gav gao gaav ganv gram gramin graamin village villege vilage rural rurl dehat dehaat dehati "
    "गाँव गांव गाव ग्राम ग्रामीण देहात देहाती विलेज रूरल"
)

_HINGLISH: Final = (
    "hai hain he h ho hu hun hoon tha thi the nahi nhi nahin nahe kya kyu kyun kyon kaise kese kab kahan kaha kitna kitni kitne kon kaun kar karo kare karna karni karne "
    "karwana karana kiya kra kro raha rahi rahe rha rhi gaya gayi gai gya hua hui hue mera meri mere mujhe muje hum hamara hamare hamari humara aap apna "
    "ka ki ke ko se mein mai par pe aur ya bhi abhi tak fir phir lekin magar sirf bahut bhut jyada zyada kam batao bataye bataiye bata do dijiye dijie dena de chahiye chaiye "
    "bhejo bhejiye bhej dikhao dekhna aaya aayi aaye aa aata aati ayi aya nikal lagwana badhwana badalna badlo jama bakaya shikayat bijli bijlee "
    "bijuri kharab galat namaste namaskar pranam dhanyavad dhanyawad shukriya haan ji theek thik sahi accha acha bhai bhaiya ghar gaon gaanv shahar "
    "mahine mahina din ghante subah raat kal aaj naya nayi purana wala wali wale vala koi kuch sab yahan yaha wahan mohalle mohalla gali taar khamba paisa paise rupaye "
    "gul band chalu chali ruk lag laga lagi likho bolo suno sunao samajh wapas vapas bhasha madad seva suvidha yojana ba rahal naikhe kaisan hamaar kripya"
)
_ENGLISH: Final = (
    "what whats is are was were am my your our the a an please how when where why who which this that there these i you we they it has have had been not no dont cant "
    "does did do can could would will shall should want need give show send tell get got pay check know of for from in on at to with without since and but or any "
    "about hello thanks thank you morning evening help me received receive working fast slow much amount change speak talk real person track register "
    "wrong correct high too very still yet again today yesterday month hours days left available due late english"
)


def _set(line: str) -> frozenset[str]:
    return frozenset(clean(word) for word in line.split())


_SETS: Final = {
    name: _set(line) for name, line in (("yes", _STRONG_YES), ("soft", _SOFT_YES), ("no", _NO), ("fill", _FILLERS))
}
_AREAS: Final[dict[Literal["urban", "rural"], frozenset[str]]] = {
    "urban": frozenset(map(fold, _set(_URBAN))),
    "rural": frozenset(map(fold, _set(_RURAL))),
}
_AREA_BONES: Final[dict[Literal["urban", "rural"], frozenset[str]]] = {
    "urban": frozenset({"rbn", "ngry"}),
    "rural": frozenset({"grmn", "rrl", "vlg"}),
}
_HINGLISH_SET: Final = _set(_HINGLISH)
_ENGLISH_SET: Final = _set(_ENGLISH) - {"do", "the", "to", "h", "he", "me", "in", "am"}


def option(text: str, count: int) -> int | None:
    """The number 1..count that was picked from a list, in digits or words."""
    match = _OPTION.fullmatch(clean(text, 60).strip())
    if match is None:
        return None
    word = match[1]
    number = int(word) if word.isdigit() and len(word) <= 2 else _OPTION_WORDS.get(word)
    return number if number is not None and 1 <= number <= count else None


def yes_no(text: str) -> bool | None:
    """Yes, no, or None where the text says neither, both, or something else besides."""
    cleaned = clean(text, 200)
    said = words(cleaned)
    if not said:
        return _thumb(cleaned)
    if len(said) > 9 or any(not any(word in known for known in _SETS.values()) for word in map(_short, said)):
        return None
    said = [_short(word) for word in said]
    yes, soft, no = (any(word in _SETS[name] for word in said) for name in ("yes", "soft", "no"))
    if yes and no:
        return None
    if no:
        return None if "galat" in said and len(_SETS["no"].intersection(said)) > 1 else False
    return True if yes or soft else None


def _short(word: str) -> str:
    """Without the length that people give to a word: haaaan, yesss, nooo."""
    return re.sub(r"([a-z])\1{2,}", r"\1", word)


def _thumb(text: str) -> bool | None:
    up = any(mark in text for mark in "👍✅👌✔☑")
    down = any(mark in text for mark in "👎❌✖🚫")
    return None if up == down else up


def language_of(text: str) -> Language | None:
    """The language a text is written in; Hindi in Latin letters is Hindi, loanwords alone say nothing."""
    cleaned = clean(text)
    devanagari = sum("\u0900" <= c <= "\u097f" for c in cleaned)
    latin = sum("a" <= c <= "z" for c in cleaned)
    if devanagari >= 2 and devanagari * 3 >= latin:
        return "hi"
    said = words(cleaned)
    hindi, english = _count(said, _HINGLISH_SET), _count(said, _ENGLISH_SET)
    if hindi == english == 0:
        return "hi" if devanagari >= 2 else None
    return "hi" if hindi >= english else "en"


def _count(said: Iterable[str], known: frozenset[str]) -> int:
    return sum(word in known for word in said)


def area(text: str) -> Literal["urban", "rural"] | None:
    """Town or village; None where neither or both are named."""
    said = {fold(word) for word in words(clean(text))}
    skeletons = {bones(word) for word in said}
    found: list[Literal["urban", "rural"]] = [
        name for name in _AREAS if said & _AREAS[name] or skeletons & _AREA_BONES[name]
    ]
    return found[0] if len(found) == 1 else None
