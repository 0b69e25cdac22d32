"""One Kafka node in a container of the official image, with the settings of the local one."""

from testcontainers.core.container import DockerContainer

from deploy.local.kafka import PROPERTIES
from deploy.local.network import HOST, kafka_answers
from tests.containers.server import ContainedServer

IMAGE = "apache/kafka:4.4.0"
OWN = (
    "process", "node", "listener", "advertised", "inter", "controller", "log.dirs",
)  # fmt: skip
"""Beginnings of the settings that say who and where a node is."""


def shared_settings() -> dict[str, str]:
    """What the local Kafka is told, as the image takes it, without who and where it is."""
    lines = (line.partition("=") for line in PROPERTIES.splitlines() if "=" in line and not line.startswith("#"))
    return {f"KAFKA_{name.upper().replace('.', '_')}": value for name, _, value in lines if not name.startswith(OWN)}


class KafkaContainer(ContainedServer):
    """Broker and controller in one. `BROKER` is for itself: the advertised port leads nowhere from inside."""

    title = "Kafka's container"
    wished_port = 19092
    inner_port = 9092

    def __init__(self, heap: str = "512m") -> None:
        super().__init__()
        self._heap = heap

    @property
    def bootstrap(self) -> str:
        """The address for clients, once started."""
        return f"{HOST}:{self.port}"

    def _made(self) -> DockerContainer:
        return DockerContainer(IMAGE).with_envs(
            **shared_settings(),
            KAFKA_NODE_ID="1",
            KAFKA_PROCESS_ROLES="broker,controller",
            KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
            KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
            KAFKA_INTER_BROKER_LISTENER_NAME="BROKER",
            KAFKA_LISTENERS="CLIENT://:9092,BROKER://:19092,CONTROLLER://:9093",
            KAFKA_ADVERTISED_LISTENERS=f"CLIENT://{HOST}:{self.port},BROKER://localhost:19092",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            KAFKA_HEAP_OPTS=f"-Xms{self._heap} -Xmx{self._heap}",
            KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC",
        )

    async def _answers(self) -> bool:
        return await kafka_answers(self.port)
