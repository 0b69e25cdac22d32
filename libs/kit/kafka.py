"""How we talk to Kafka: the measured settings, in one place."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    TopicAlreadyExistsError,
    UnknownProducerId,
    for_code,
)

from libs.kit.logs import Seldom, log
from libs.kit.settings import Settings
from libs.schemas.discom import Discom
from libs.schemas.topics import ALL, DAY_MS

MAX_RECORDS = 200
FETCH_WAIT_MS = 1000
PATIENCE_SECONDS = 3600.0
PROBE_SECONDS = 3.0
OF_NO_USE: tuple[type[KafkaError], ...] = (
    OutOfOrderSequenceNumber,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    ProducerClosed,
    ProducerFenced,
    UnknownProducerId,
)
"""After one of these a producer never sends to that partition again, as aiokafka keeps its number and its count; a
batch that expired unsent while a partition had no leader is enough. Only a new process helps."""


def connection(settings: Settings) -> dict[str, Any]:
    """Where Kafka is and how one logs in, as every client of aiokafka takes it."""
    found: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        found["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        found |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password,
        }
    return found


async def start_producer(settings: Settings) -> AIOKafkaProducer:
    """An idempotent producer that has reached the broker. Waits until Kafka answers."""
    return await _started(
        lambda: AIOKafkaProducer(
            **connection(settings),
            acks="all",
            enable_idempotence=True,
            max_batch_size=65536,
        ),
        AIOKafkaProducer.stop,
    )


async def start_consumer(settings: Settings, group: str | None, **more: Any) -> AIOKafkaConsumer:
    """A consumer of that group, or of none, not yet subscribed. Waits until Kafka answers."""
    consumer: AIOKafkaConsumer = await _started(
        lambda: AIOKafkaConsumer(
            **connection(settings),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            fetch_min_bytes=1,
            session_timeout_ms=10_000,
            # how often the fetching looks around where nothing happens: 150 times a second for 30 consumers at 200
            consumer_timeout_ms=1000,
            **more,
        ),
        AIOKafkaConsumer.stop,
    )
    # Where a batch takes longer than 0.1 s, aiokafka would ask for the other partitions alone, and once the batch is
    # done nothing newer comes before that fetch has waited its second in vain. No public setting keeps it from that.
    consumer._fetcher._prefetch_backoff = PATIENCE_SECONDS
    return consumer


async def start_admin(settings: Settings) -> AIOKafkaAdminClient:
    """For work on topics. Waits until Kafka answers."""
    return await _started(lambda: AIOKafkaAdminClient(**connection(settings)), AIOKafkaAdminClient.close)


async def _started(make: Callable[[], Any], close: Callable[[Any], Awaitable[None]]) -> Any:
    """A client that has reached the broker; one that has not is closed, and another one tries."""
    seldom = Seldom()
    while True:
        client = make()
        try:
            await client.start()
            return client
        except (KafkaError, OSError) as error:
            await close(client)
            seldom.warning("kafka.waits", error=type(error).__name__)
            await asyncio.sleep(0.5)


async def answers(settings: Settings) -> bool:
    """Whether a broker answers within 3 s."""
    admin = AIOKafkaAdminClient(**connection(settings), request_timeout_ms=int(PROBE_SECONDS * 1000))
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await admin.start()
        return True
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()


async def create_topics(settings: Settings, discoms: Iterable[Discom]) -> int:
    """Creates the topics of the registry that are missing; returns how many. Leaves existing ones as they are.

    Waits until Kafka answers.
    """
    listed = list(discoms)
    wanted = []
    for topic in ALL:
        for discom in listed if topic.per_discom else [None]:
            partitions = topic.partitions if isinstance(topic.partitions, int) else discom.partitions if discom else 1
            wanted.append(
                NewTopic(
                    topic.name(discom.code if discom else ""),
                    partitions,
                    settings.kafka_replication,
                    topic_configs={"retention.ms": str(topic.retention_days * DAY_MS)},
                )
            )
    admin = await start_admin(settings)
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            response = await admin.create_topics(missing)
            for name, code, *_ in response.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise for_code(code)(f"topic {name} could not be created")
        log.info("kafka.topics", created=len(missing), existing=len(wanted) - len(missing))
        return len(missing)
    finally:
        await admin.close()
