"""Configuration from the environment, typed, refusing nonsense at start."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.kit import failpoint

DEMO_MARK = "demo-"
"""The demo's secrets start with this, so that production can refuse them."""


class SettingsError(SystemExit):
    """Configuration that cannot be used; ends the process with a message for people."""


class Settings(BaseSettings):
    """What every process reads. Names are the environment's, in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["production", "demo", "test"] = "production"
    kafka_bootstrap: str = Field(min_length=1)
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: str = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ca_file: Path | None = None
    postgres_dsn: str = Field(min_length=1)
    postgres_password_dir: Path
    discoms_dir: Path = Path("deploy/discoms")
    admin_port: int = 0
    admin_host: str = "127.0.0.1"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    failpoint: str = ""
    kafka_replication: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _production(self) -> Self:
        if self.environment == "production" and self.failpoint:
            raise ValueError("FAILPOINT is for tests; unset it")
        failpoint.parse(self.failpoint)
        return self

    def password_file(self, login: str) -> Path:
        """Where a login's password is kept: in its service's folder where there is one, which no other service sees."""
        folder = self.postgres_password_dir / login.partition("_")[2]
        return (folder if folder.is_dir() else self.postgres_password_dir) / login

    def dsn(self, login: str, database: str) -> str:
        """The address of one database for one login, whose password is a file of that name."""
        file = self.password_file(login)
        try:
            password = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"POSTGRES_PASSWORD_DIR: no password for {login}: {error}. Run `python -m libs.kit setup`."
            ) from None
        if not password:
            raise SettingsError(
                f"{file} is empty. Run `python -m libs.kit setup`, or write the password of {login} there."
            )
        parts = urlsplit(self.postgres_dsn)
        netloc = f"{quote(login)}:{quote(password, safe='')}@{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
        return urlunsplit(("postgresql", netloc, f"/{database}", parts.query, ""))


class WhatsAppSettings(Settings):
    """What the gateway reads on top."""

    whatsapp_base_url: str = "https://graph.facebook.com"
    whatsapp_api_version: str = Field(default="v25.0", pattern=r"^v\d+\.\d+$")
    whatsapp_app_secret: str = ""
    whatsapp_verify_token: str = ""
    whatsapp_access_token: str = ""
    chat_key_secret: str = ""
    port: int = 8081
    host: str = "127.0.0.1"

    @cached_property
    def app_secrets(self) -> tuple[bytes, ...]:
        return tuple(secret.strip().encode() for secret in self.whatsapp_app_secret.split(",") if secret.strip())

    def access_token(self, code: str) -> str:
        """The token of one discom's number, or the common one."""
        token = secret_of(code, "whatsapp_access_token") or self.whatsapp_access_token
        if self.environment == "production" and _of_demo(token):
            raise SettingsError(
                f"{code.upper()}_WHATSAPP_ACCESS_TOKEN is a secret of the demo; production needs its own"
            )
        return token

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        secrets = {
            "WHATSAPP_APP_SECRET": self.whatsapp_app_secret,
            "WHATSAPP_VERIFY_TOKEN": self.whatsapp_verify_token,
            "WHATSAPP_ACCESS_TOKEN": self.whatsapp_access_token,
            "CHAT_KEY_SECRET": self.chat_key_secret,
        }
        wrong = []
        for name, value in secrets.items():
            if not value.strip(", "):
                wrong.append(f"{name} is empty; set it to the secret that Meta's app dashboard shows, or a random one")
            elif self.environment == "production" and _of_demo(value):
                wrong.append(f"{name} is a secret of the demo; production needs its own")
        base = urlsplit(self.whatsapp_base_url)
        if self.environment == "production" and (base.scheme != "https" or base.hostname in ("localhost", "127.0.0.1")):
            wrong.append("WHATSAPP_BASE_URL is not Meta; ENVIRONMENT=demo allows a simulator")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def _of_demo(value: str) -> bool:
    """Whether any of these secrets (several while they rotate) was made for the demo."""
    return any(part.strip().startswith(DEMO_MARK) for part in value.split(","))


Kind = TypeVar("Kind", bound=BaseSettings)


def load(kind: type[Kind]) -> Kind:
    """Settings from the environment, then from the files of `SECRETS_DIR`, called as the variable in lower case.

    Leaves the process with one line per problem, without any value in it.
    """
    try:
        directory = os.environ.get("SECRETS_DIR")
        return kind(_secrets_dir=directory if directory and Path(directory).is_dir() else None)
    except OSError as error:
        raise SettingsError(f"SECRETS_DIR: a secret cannot be read: {error}") from None
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in problem["loc"]).upper()
            text = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}{' ' if name and problem['type'] == 'missing' else ': ' if name else ''}{text}")
        raise SettingsError("\n".join(lines)) from None


def secret_of(code: str, name: str) -> str:
    """A discom's own secret, from the environment or a file of `SECRETS_DIR`; empty where it has none."""
    own = f"{code}_{name}"
    if value := os.environ.get(own.upper()):
        return value
    file = Path(os.environ.get("SECRETS_DIR") or os.devnull) / own
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def environment_of(code: str) -> dict[str, str]:
    """What the environment says about one discom: `phone_number_id`, `messages_per_second`, where set."""
    names = ("phone_number_id", "messages_per_second")
    return {name: value for name in names if (value := os.environ.get(f"{code.upper()}_{name.upper()}"))}
