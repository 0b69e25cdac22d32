"""Where tests find Kafka and PostgreSQL: said with its reason, forced where that is asked."""

import pytest

from tests.containers import choice
from tests.containers.choice import IMAGES, chosen
from tests.containers.kafka import shared_settings
from tests.containers.server import OWNER, _alive

NOBODY = "unix:///nonexistent/docker.sock"


def fresh(monkeypatch: pytest.MonkeyPatch, wanted: str, engine: str | None = None) -> choice.Choice:
    monkeypatch.setenv("TEST_STACK", wanted)
    if engine:
        monkeypatch.setenv("DOCKER_HOST", engine)
    return chosen.__wrapped__()


def test_without_an_engine_tests_run_on_local_processes_and_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(fresh(monkeypatch, "auto", NOBODY)) == (
        "local processes (TEST_STACK=auto, and no Docker engine answers)"
    )


def test_nothing_said_means_auto(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh(monkeypatch, "", NOBODY) == fresh(monkeypatch, "auto", NOBODY)


def test_forced_containers_without_an_engine_end_the_run_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.UsageError, match="TEST_STACK=containers, but no Docker engine answers"):
        fresh(monkeypatch, "containers", NOBODY)


def test_local_is_local_whatever_engine_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not fresh(monkeypatch, "local").containers


def test_another_word_ends_the_run_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.UsageError, match="auto, containers and local"):
        fresh(monkeypatch, "docker")


def test_an_image_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if not fresh(monkeypatch, "auto").containers:
        pytest.skip("no Docker engine with the images answers here")
    monkeypatch.setattr(choice, "IMAGES", (*IMAGES, "apache/kafka:0.0.1"))
    with pytest.raises(pytest.UsageError, match=r"no image apache/kafka:0\.0\.1"):
        fresh(monkeypatch, "containers")


def test_a_broker_in_a_container_is_told_what_the_local_one_is_told() -> None:
    settings = shared_settings()
    assert settings["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert settings["KAFKA_BROKER_SESSION_TIMEOUT_MS"] == "3000"
    assert not any(
        name.startswith(("KAFKA_LISTENER", "KAFKA_ADVERTISED", "KAFKA_NODE", "KAFKA_LOG_DIRS")) for name in settings
    )


async def test_what_a_killed_test_run_left_is_removed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    if not fresh(monkeypatch, "auto").containers:
        pytest.skip("no Docker engine with the images answers here")
    import docker  # type: ignore[import-untyped]

    from tests.containers.server import prepare

    dead = 4_194_304
    assert not _alive(dead), "beyond the highest pid there is"
    client = docker.from_env()
    left = client.containers.create(IMAGES[1], labels={OWNER: str(dead)})
    prepare.__wrapped__()
    assert left.id not in {found.id for found in client.containers.list(all=True)}
    client.close()
