"""An environment without anything that the caller's shell or a running demo has set."""

import os

import pytest

from libs.kit.settings import WhatsAppSettings

GOOD = {
    "ENVIRONMENT": "production",
    "KAFKA_BOOTSTRAP": "kafka.example:9093",
    "POSTGRES_DSN": "postgresql://db.example:6432/?sslmode=require",
    "POSTGRES_PASSWORD_DIR": "passwords",
    "WHATSAPP_APP_SECRET": "app-secret-8f1c",
    "WHATSAPP_VERIFY_TOKEN": "verify-token-77ab",
    "WHATSAPP_ACCESS_TOKEN": "access-token-09de",
    "CHAT_KEY_SECRET": "chat-key-secret-41bb",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a production that may start; change one thing and it must not."""
    known = {name.upper() for name in WhatsAppSettings.model_fields}
    for name in os.environ:
        if name in known or name.endswith("_WHATSAPP_ACCESS_TOKEN"):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
