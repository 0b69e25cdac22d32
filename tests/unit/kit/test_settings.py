"""Configuration refuses nonsense at start: one line per trouble, naming the variable, never its value."""

from pathlib import Path

import pytest

from libs.kit.settings import Settings, SettingsError, WhatsAppSettings, environment_of, load
from tests.unit.kit.conftest import GOOD

SECRETS = ["WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN", "CHAT_KEY_SECRET"]


def refusal(kind: type[Settings] = WhatsAppSettings) -> list[str]:
    """The lines with which the start is refused."""
    with pytest.raises(SettingsError) as caught:
        load(kind)
    assert isinstance(caught.value, SystemExit)
    return str(caught.value).splitlines()


def test_a_whole_environment_is_taken(production: pytest.MonkeyPatch) -> None:
    settings = load(WhatsAppSettings)
    assert settings.app_secrets == (b"app-secret-8f1c",)
    assert settings.whatsapp_base_url == "https://graph.facebook.com"


def test_production_is_what_runs_where_nobody_says_otherwise(production: pytest.MonkeyPatch) -> None:
    production.delenv("ENVIRONMENT")
    assert load(Settings).environment == "production"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["", "   ", " , ", None])
def test_an_empty_secret_stops_the_start_everywhere(
    production: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    for environment in ("production", "demo", "test"):
        production.setenv("ENVIRONMENT", environment)
        production.setenv(name, value) if value is not None else production.delenv(name, raising=False)
        [line] = refusal()
        assert line.startswith(f"{name} is empty; ")


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["demo-5d3f", "mine-1, demo-5d3f", "demo-5d3f,mine-1"])
def test_a_secret_of_the_demo_stops_production_only(production: pytest.MonkeyPatch, name: str, value: str) -> None:
    production.setenv(name, value)
    [line] = refusal()
    assert line == f"{name} is a secret of the demo; production needs its own"
    production.setenv("ENVIRONMENT", "demo")
    load(WhatsAppSettings)


def test_a_number_of_its_own_has_a_token_of_its_own(production: pytest.MonkeyPatch) -> None:
    production.setenv("PVVNL_WHATSAPP_ACCESS_TOKEN", "token-of-pvvnl")
    settings = load(WhatsAppSettings)
    assert settings.access_token("pvvnl") == "token-of-pvvnl"
    assert settings.access_token("mvvnl") == "access-token-09de"
    production.setenv("PVVNL_WHATSAPP_ACCESS_TOKEN", "demo-5d3f")
    with pytest.raises(SettingsError, match=r"^PVVNL_WHATSAPP_ACCESS_TOKEN is a secret of the demo") as caught:
        settings.access_token("pvvnl")
    assert "5d3f" not in str(caught.value)


@pytest.mark.parametrize("kind", [Settings, WhatsAppSettings])
def test_a_failpoint_stops_production_only(production: pytest.MonkeyPatch, kind: type[Settings]) -> None:
    production.setenv("FAILPOINT", "after_commit:0.01")
    assert refusal(kind) == ["FAILPOINT is for tests; unset it"]
    production.setenv("ENVIRONMENT", "test")
    assert load(kind).failpoint == "after_commit:0.01"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "https://127.0.0.1:8080", "http://simulator:8080", "https://localhost", "simulator:80"],
)
def test_a_simulator_stops_production_only(production: pytest.MonkeyPatch, url: str) -> None:
    production.setenv("WHATSAPP_BASE_URL", url)
    [line] = refusal()
    assert line.startswith("WHATSAPP_BASE_URL is not Meta; ") and url not in line
    production.setenv("ENVIRONMENT", "demo")
    load(WhatsAppSettings)


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP", "POSTGRES_DSN", "POSTGRES_PASSWORD_DIR"])
def test_what_every_process_needs_is_asked_for_by_name(production: pytest.MonkeyPatch, name: str) -> None:
    production.delenv(name)
    assert refusal(Settings) == [f"{name} is not set"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMIN_PORT", "eighty-eighty"),
        ("LOG_LEVEL", "LOUD"),
        ("ENVIRONMENT", "staging-7"),
        ("KAFKA_SECURITY_PROTOCOL", "TELNET"),
        ("KAFKA_REPLICATION", "0"),
        ("WHATSAPP_API_VERSION", "latest"),
        ("KAFKA_BOOTSTRAP", ""),
    ],
)
def test_nonsense_is_told_by_name_and_without_the_value(production: pytest.MonkeyPatch, name: str, value: str) -> None:
    production.setenv(name, value)
    [line] = refusal()
    assert line.startswith(f"{name}: ")
    assert not value or value not in line


def test_every_trouble_has_a_line_of_its_own(production: pytest.MonkeyPatch) -> None:
    production.setenv("WHATSAPP_APP_SECRET", "")
    production.setenv("CHAT_KEY_SECRET", "demo-5d3f")
    production.setenv("WHATSAPP_BASE_URL", "http://127.0.0.1:8080")
    lines = refusal()
    assert [line.split()[0] for line in lines] == ["WHATSAPP_APP_SECRET", "CHAT_KEY_SECRET", "WHATSAPP_BASE_URL"]
    production.delenv("KAFKA_BOOTSTRAP")
    production.setenv("ADMIN_PORT", "x")
    assert {line.split()[0].rstrip(":") for line in refusal()} == {"KAFKA_BOOTSTRAP", "ADMIN_PORT"}


def test_no_refusal_repeats_a_value(production: pytest.MonkeyPatch) -> None:
    production.setenv("ADMIN_PORT", GOOD["WHATSAPP_APP_SECRET"])
    production.setenv("LOG_LEVEL", GOOD["CHAT_KEY_SECRET"])
    text = "\n".join(refusal())
    assert not [value for value in GOOD.values() if value in text]


def test_during_rotation_several_app_secrets_count(production: pytest.MonkeyPatch) -> None:
    production.setenv("WHATSAPP_APP_SECRET", "new-1, old-2,")
    assert load(WhatsAppSettings).app_secrets == (b"new-1", b"old-2")


def test_each_login_opens_its_own_database_with_the_password_of_its_file(
    production: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    production.setenv("POSTGRES_PASSWORD_DIR", str(tmp_path))
    (tmp_path / "mvvnl_menu").write_text("p@ss/word\n", encoding="utf-8")
    (tmp_path / "mvvnl_billing").write_text("\n", encoding="utf-8")
    settings = load(Settings)
    assert settings.dsn("mvvnl_menu", "mvvnl_menu") == (
        "postgresql://mvvnl_menu:p%40ss%2Fword@db.example:6432/mvvnl_menu?sslmode=require"
    )
    with pytest.raises(SettingsError, match="is empty"):
        settings.dsn("mvvnl_billing", "mvvnl_billing")
    with pytest.raises(SettingsError, match="POSTGRES_PASSWORD_DIR: no password for mvvnl_gateway"):
        settings.dsn("mvvnl_gateway", "mvvnl_gateway")


def test_a_discoms_own_settings_carry_its_code(production: pytest.MonkeyPatch) -> None:
    production.setenv("MVVNL_PHONE_NUMBER_ID", "106540352242922")
    production.setenv("PVVNL_MESSAGES_PER_SECOND", "")
    assert environment_of("mvvnl") == {"phone_number_id": "106540352242922"}
    assert environment_of("pvvnl") == {}
