from libs.language.meaning import Signal
from libs.language.script import clean


def signal(text: str) -> Signal | None:
    return {
        "0": Signal("menu"),
        "menu": Signal("menu"),
        "मेनू": Signal("menu"),
        "hindi": Signal("language", "hi"),
        "english": Signal("language", "en"),
        "stop": Signal("stop"),
        "start": Signal("start"),
        "agent": Signal("human"),
    }.get(clean(text).strip())
