"""One distribution company (discom), read from one TOML file. A typo stops the start and says what is allowed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, model_validator

from libs.schemas.events import Category
from libs.schemas.messages import Area, Language

ALLOWED_LINK_DOMAINS = ("uppcl.org", "uppclonline.com", "upenergy.in", "upenergy.org", "up.nic.in", "up.gov.in")
"""Look-alike links defraud consumers: a discom file may send them to these domains or to its own site only."""


class Strict(BaseModel):
    """Part of a discom file: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Strict):
    """One text in both languages."""

    hi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, language: Language) -> str:
        return self.hi if language == "hi" else self.en


class AccountRule(Strict):
    """How an account ID of this discom looks."""

    digits: tuple[Annotated[int, Field(ge=6, le=16)], ...] = Field(default=(10,), min_length=1)
    """Allowed lengths. 10 is sourced (facts §2); 12-digit rural legacy numbers would be added here."""
    prefixes: tuple[Annotated[str, Field(pattern=r"^[0-9]+$")], ...] = ()
    """First digits that tell this discom's accounts from others', to name the right number; empty where unknown."""


class Closed(Strict):
    """Why a discom does not answer yet, and what to use meanwhile."""

    reason: Words


class Contacts(Strict):
    """How to reach the discom otherwise."""

    helpline: str
    toll_free: str | None = None
    email: str | None = None
    web: str | None = None
    office: Words
    whatsapp_note: Words | None = None


class ServiceLink(Strict):
    """One address from the list of service links."""

    title: Words
    url: str


class Links(Strict):
    """Service links by area."""

    urban: tuple[ServiceLink, ...] = Field(min_length=1)
    rural: tuple[ServiceLink, ...] = Field(min_length=1)

    def of(self, area: Area) -> tuple[ServiceLink, ...]:
        return self.urban if area == "urban" else self.rural


class Deadline(Strict):
    """Hours until a complaint is to be resolved. `provisional` where no official figure was found (facts §4.3)."""

    urban: int = Field(gt=0)
    rural: int = Field(gt=0)
    provisional: StrictBool = True

    def hours(self, area: Area) -> int:
        return self.urban if area == "urban" else self.rural


class Complaints(Strict):
    """How complaints of this discom are numbered and by when they are due."""

    letters: str = Field(pattern=r"^[A-Z]{2}$")
    """First two letters of a complaint number."""
    serial_from: int = Field(default=1, ge=1)
    """First serial of a day; the serial has five or more digits."""
    deadlines: dict[Category, Deadline]
    portal: str = "https://1912.uppcl.org"

    @model_validator(mode="after")
    def _every_category(self) -> "Complaints":
        if missing := set(get_args(Category)) - set(self.deadlines):
            raise ValueError(f"deadlines: none for {', '.join(sorted(missing))}; every category needs one")
        return self


class Billing(Strict):
    """Which billing system is asked."""

    backend: Literal["database"] = "database"


class TemplateRule(Strict):
    """How a template that a service asks for was approved for this discom."""

    name: str | None = Field(default=None, pattern=r"^[a-z0-9_]{1,512}$")
    """Its name at WhatsApp, where that is another."""
    languages: dict[Language, Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]] = {}
    """WhatsApp's code for a language of ours, where that is another: `en = "en_US"`."""
    parameters: tuple[Annotated[int, Field(ge=1)], ...] | None = None
    """Which of the service's parameters it takes, counted from 1, in its order; all of them where not said."""


class Discom(Strict):
    """One distribution company with one WhatsApp number."""

    code: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$")
    name: Words
    short_name: Words
    number: str = Field(pattern=r"^[6-9][0-9]{9}$")
    """The WhatsApp number, 10 digits without country code."""
    phone_number_id: str = Field(pattern=r"^[0-9]{5,20}$")
    open: StrictBool
    closed: Closed | None = None
    smart_meter_only: StrictBool
    partitions: int = Field(default=1, ge=1, le=64)
    messages_per_second: int = Field(default=80, ge=1, le=100_000)
    """WhatsApp allows a number 80, later 1,000; more only where its limit is to be out of the way of a measurement."""
    districts: tuple[str, ...] = Field(min_length=1)
    account: AccountRule = AccountRule()
    contacts: Contacts
    links: Links
    complaints: Complaints
    billing: Billing = Billing()
    waba_id: str | None = Field(default=None, pattern=r"^[0-9]{5,20}$")
    """Of the WhatsApp Business Account; where several share one webhook, it says whose templates an update is about."""
    templates: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")], TemplateRule] = {}
    """By the name under which services ask for them."""

    @property
    def display_phone_number(self) -> str:
        return f"91{self.number}"

    @property
    def _addresses(self) -> Iterator[tuple[str, str]]:
        """Every address that consumers are sent to, with its key."""
        yield "complaints.portal", self.complaints.portal
        for area, links in (("urban", self.links.urban), ("rural", self.links.rural)):
            yield from ((f"links.{area}.{n}.url", link.url) for n, link in enumerate(links))

    @model_validator(mode="after")
    def _coherent(self) -> "Discom":
        if not self.open and self.closed is None:
            raise ValueError("closed.reason: is missing; open = false needs it, in hi and en")
        trusted = (*ALLOWED_LINK_DOMAINS, *([self.contacts.web] if self.contacts.web else []))
        for key, url in self._addresses:
            parts = urlsplit(url)
            host = parts.hostname or ""
            if parts.scheme != "https" or not any(host == known or host.endswith(f".{known}") for known in trusted):
                raise ValueError(f"{key} = {url!r}; allowed: https:// and one of {', '.join(trusted)}")
        return self


class DiscomFileError(ValueError):
    """A discom file that cannot be used; the message names file, key and what is allowed."""


def load(path: Path) -> Discom:
    """The discom in one file. Raises `DiscomFileError`."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DiscomFileError(f"{path}: cannot be read: {error}") from None
    try:
        discom = Discom.model_validate(found)
    except ValidationError as error:
        raise DiscomFileError("\n".join(_explain(path, problem) for problem in _innermost(error))) from None
    if discom.code != path.stem:
        raise DiscomFileError(f"{path}: code = {discom.code!r}; allowed: {path.stem!r}, as the file is called")
    return discom


def load_all(directory: Path) -> dict[str, Discom]:
    """All discoms of a directory by code, in the order of their files' names. Raises `DiscomFileError`."""
    discoms = {path.stem: load(path) for path in sorted(directory.glob("*.toml"))}
    if not discoms:
        raise DiscomFileError(f"{directory}: holds no discom file (*.toml)")
    for attribute, discom, other in shared(discoms):
        value = getattr(discom, attribute)
        raise DiscomFileError(
            f"{directory / discom.code}.toml: {attribute} = {value!r} belongs to {other.code} already"
        )
    return discoms


def shared(discoms: dict[str, Discom]) -> Iterator[tuple[str, Discom, Discom]]:
    """Every number that is in two discoms, which could not be told apart: its name, the later one, the earlier one."""
    for attribute in ("number", "phone_number_id"):
        seen: dict[str, Discom] = {}
        for discom in discoms.values():
            other = seen.setdefault(getattr(discom, attribute), discom)
            if other is not discom:
                yield attribute, discom, other


def select(discoms: dict[str, Discom], wanted: str) -> dict[str, Discom]:
    """The discoms named in `mvvnl,pvvnl`, or all for `all`. Raises `DiscomFileError`."""
    if wanted == "all":
        return discoms
    codes = [code.strip() for code in wanted.split(",") if code.strip()]
    if not codes or (unknown := [code for code in codes if code not in discoms]):
        named = ", ".join(unknown) if codes else "nothing"
        raise DiscomFileError(f"--discoms: {named} is not known; allowed: all, {', '.join(discoms)}")
    return {code: discoms[code] for code in codes}


ALLOWED = {
    "string_type": 'text in "quotes"',
    "int": "a whole number",
    "bool": "true or false",
    "tuple_type": "a list in [brackets]",
    "model_type": "a table of: {keys}",
    "dict_type": "a table",
    "string_pattern_mismatch": "text like {pattern}",
    "literal_error": "{expected}",
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "string_too_short": "words",
    "too_short": "one or more",
}
"""What may stand there instead, by the beginning of pydantic's name for the trouble."""


def _innermost(error: ValidationError) -> list[Any]:
    """The problems without those that only follow from one further inside."""
    found = error.errors()
    places = [problem["loc"] for problem in found]
    return [
        problem
        for problem, place in zip(found, places, strict=True)
        if not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def _explain(path: Path, problem: Any) -> str:
    """One line about one problem: file, key, what is allowed."""
    where = [str(part) for part in problem["loc"] if part != "[key]"]
    key, kind, context = ".".join(where), problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{path}: {key}: unknown key; allowed here: {', '.join(_keys_at(where[:-1]))}"
    if kind == "missing":
        return f"{path}: {key}: is missing; it is one of: {', '.join(_keys_at(where[:-1]))}"
    for beginning, words in ALLOWED.items():
        if kind.startswith(beginning):
            allowed = words.format(keys=", ".join(_keys_at(where)), **context)
            return f"{path}: {key} = {problem['input']!r:.60}; allowed: {allowed}"
    return f"{path}: {key}{': ' if key else ''}{problem['msg'].removeprefix('Value error, ')}"


def _keys_at(where: list[str]) -> list[str]:
    """The keys that a table of the file may hold."""
    model: type[BaseModel] = Discom
    for part in where:
        if part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables within a type such as `tuple[ServiceLink, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
