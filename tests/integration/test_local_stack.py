"""The local Kafka and PostgreSQL answer, survive kill -9 and a change of port, and die with us."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.child import command_line, until
from deploy.local.files import ROOT, LocalError
from deploy.local.kafka import LocalKafka
from deploy.local.network import free_port
from deploy.local.postgres import LocalPostgres

TOPIC = "survives"


async def test_kafka_keeps_records_over_a_kill_and_a_move_to_another_port(tmp_path: Path) -> None:
    place = tmp_path / "घर का काम" / "kafka"
    place.parent.mkdir()
    async with LocalKafka(place, heap="256m") as kafka:
        first = kafka.bootstrap
        await _create_topic(first)
        await _send(first, b"before the kill")
        await kafka.kill()
        assert not kafka.running
        await kafka.restart()
        assert kafka.bootstrap == first
        await _send(first, b"before the move")
    async with LocalKafka(place, port=free_port(kafka.port + 50), heap="256m") as moved:
        assert moved.bootstrap != first
        assert await _records(moved.bootstrap, 2) == [b"before the kill", b"before the move"]


async def test_postgres_keeps_rows_over_a_kill_and_a_move_to_another_port(tmp_path: Path) -> None:
    async with LocalPostgres(tmp_path / "postgres", shared_buffers="64MB") as postgres:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE TABLE survives AS SELECT 1 AS one")
        await postgres.kill()
        await postgres.restart()
        connection = await asyncpg.connect(postgres.dsn)
        await connection.close()
    moved = LocalPostgres(tmp_path / "postgres", port=free_port(postgres.port + 50), shared_buffers="64MB")
    async with moved:
        assert moved.port != postgres.port
        connection = await asyncpg.connect(moved.dsn)
        assert await connection.fetchval("SELECT one FROM survives") == 1
        await connection.close()


async def test_postgres_lets_nobody_in_without_the_password(tmp_path: Path) -> None:
    async with LocalPostgres(tmp_path / "postgres", shared_buffers="64MB") as postgres:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(postgres.dsn.replace("postgres:", "postgres:not-"), timeout=5)
    assert (tmp_path / "postgres" / "superuser.password").stat().st_mode & 0o777 == 0o600


async def test_a_directory_serves_one_server_at_a_time_and_of_one_version(tmp_path: Path) -> None:
    async with LocalPostgres(tmp_path / "postgres", shared_buffers="64MB"):
        with pytest.raises(LocalError, match="stop that one first"):
            await LocalPostgres(tmp_path / "postgres").start()
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("17\n", encoding="utf-8")
    with pytest.raises(LocalError, match="make clean-local"):
        await LocalPostgres(tmp_path / "postgres").start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_a_server_dies_with_its_launcher(tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from deploy.local.postgres import LocalPostgres

async def main():
    async with LocalPostgres(Path({str(tmp_path / "postgres")!r}), shared_buffers="64MB") as postgres:
        print(postgres.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""
    launcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert launcher.stdout is not None
    pid = int(await launcher.stdout.readline())
    assert "-D" in command_line(pid)
    launcher.kill()
    await launcher.wait()
    async with asyncio.timeout(10):
        await until(lambda: not command_line(pid))


async def _create_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _send(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, value)
    finally:
        await producer.stop()


async def _records(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(10):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()
