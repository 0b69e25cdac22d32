"""One distribution company (discom), read from one TOML file. A typo stops the start and says what is allowed."""

import re
import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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

    digits: tuple[int, ...] = (10,)
    """Allowed lengths. 10 is sourced (facts §2); 12-digit rural legacy numbers would be added here."""
    prefixes: tuple[str, ...] = ()
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

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
            raise ValueError("must be an https:// address")
        return url


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
    provisional: bool = True

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
        from typing import get_args

        if missing := set(get_args(Category)) - set(self.deadlines):
            raise ValueError(f"no deadline for {', '.join(sorted(missing))}")
        return self


class Billing(Strict):
    """Which billing system is asked."""

    backend: Literal["database"] = "database"


class Discom(Strict):
    """One distribution company with one WhatsApp number."""

    code: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$")
    name: Words
    short_name: Words
    number: str = Field(pattern=r"^[6-9]\d{9}$")
    """The WhatsApp number, 10 digits without country code."""
    phone_number_id: str = Field(pattern=r"^\d{5,20}$")
    open: bool
    closed: Closed | None = None
    smart_meter_only: bool
    partitions: int = Field(default=1, ge=1, le=64)
    messages_per_second: int = Field(default=80, ge=1, le=1000)
    districts: tuple[str, ...] = Field(min_length=1)
    account: AccountRule = AccountRule()
    contacts: Contacts
    links: Links
    complaints: Complaints
    billing: Billing = Billing()

    @property
    def display_phone_number(self) -> str:
        return f"91{self.number}"

    @model_validator(mode="after")
    def _coherent(self) -> "Discom":
        if not self.open and self.closed is None:
            raise ValueError("open = false needs [closed] with a reason")
        own = urlsplit(f"https://{self.contacts.web}").hostname if self.contacts.web else None
        for link in (*self.links.urban, *self.links.rural):
            host = urlsplit(link.url).hostname or ""
            if host != own and not any(
                host == domain or host.endswith("." + domain) for domain in ALLOWED_LINK_DOMAINS
            ):
                raise ValueError(
                    f"links to {host}, which is not on the list of trusted domains: {', '.join(ALLOWED_LINK_DOMAINS)}"
                )
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
        raise DiscomFileError("\n".join(_explain(path, problem) for problem in error.errors())) from None
    if discom.code != path.stem:
        raise DiscomFileError(f"{path}: code = {discom.code!r}, allowed: {path.stem!r}, as the file is called")
    return discom


def load_all(directory: Path) -> dict[str, Discom]:
    """All discoms of a directory by code, in the order of their files' names. Raises `DiscomFileError`."""
    discoms = {path.stem: load(path) for path in sorted(directory.glob("*.toml"))}
    if not discoms:
        raise DiscomFileError(f"{directory}: holds no discom file (*.toml)")
    for attribute in ("number", "phone_number_id"):
        seen: dict[str, str] = {}
        for discom in discoms.values():
            value = getattr(discom, attribute)
            if other := seen.get(value):
                raise DiscomFileError(
                    f"{directory / discom.code}.toml: {attribute} = {value!r} belongs to {other} already"
                )
            seen[value] = discom.code
    return discoms


def select(discoms: dict[str, Discom], wanted: str) -> dict[str, Discom]:
    """The discoms named in `mvvnl,pvvnl`, or all for `all`. Raises `DiscomFileError`."""
    if wanted == "all":
        return discoms
    codes = [code.strip() for code in wanted.split(",") if code.strip()]
    if not codes or (unknown := [code for code in codes if code not in discoms]):
        named = ", ".join(unknown) if codes else "nothing"
        raise DiscomFileError(f"--discoms: {named} is not known; allowed: all, {', '.join(discoms)}")
    return {code: discoms[code] for code in codes}


def _explain(path: Path, problem: object) -> str:
    assert isinstance(problem, dict)
    where = [str(part) for part in problem["loc"]]
    key, message, context = ".".join(where), str(problem["msg"]), problem.get("ctx", {})
    if problem["type"] == "extra_forbidden":
        return f"{path}: {key}: unknown key; allowed here: {', '.join(_keys_at(where[:-1]))}"
    if problem["type"] == "missing":
        return f"{path}: {key}: is missing; it is one of: {', '.join(_keys_at(where[:-1]))}"
    if expected := context.get("expected"):
        return f"{path}: {key} = {problem['input']!r}; allowed: {expected}"
    if str(problem["type"]).startswith("bool"):
        return f"{path}: {key} = {problem['input']!r}; allowed: true or false"
    if pattern := context.get("pattern"):
        return f"{path}: {key} = {problem['input']!r}; allowed: text like {pattern}"
    return f"{path}: {key}{': ' if key else ''}{message.removeprefix('Value error, ')}"


def _keys_at(where: list[str]) -> list[str]:
    """The keys that a table of the file may hold."""
    model: type[BaseModel] = Discom
    for part in where:
        if re.fullmatch(r"\d+", part) or part not in model.model_fields:
            continue
        found = re.findall(
            r"\b([A-Z]\w+)\b", str(model.model_fields[part].annotation).replace("libs.schemas.discom.", "")
        )
        model = next((globals()[name] for name in found if isinstance(globals().get(name), type)), model)
    return list(model.model_fields)
