"""Three brokers (profile `cluster`): one may die; of two the webhook tells WhatsApp, which comes again."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests import meta
from tests.compose.installation import Installation, project, running
from tests.compose.traffic import Phone, traffic

pytestmark = pytest.mark.long

WRITER = "919810000099"
AWAY_SECONDS = 15.0
NOTICE_SECONDS = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def three(engine: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """The demo for one discom, on three brokers."""
    directory = tmp_path_factory.mktemp("three")
    async with running(project(directory, "bijli-setu-three", ["demo", "cluster"], {"mvvnl": 3})) as found:
        yield found


async def posted(installation: Installation, http: aiohttp.ClientSession) -> int:
    """The webhook's answer to a message that WhatsApp posts."""
    raw = meta.body("mvvnl", meta.text(WRITER, "hi"))
    headers = meta.signed(installation.secret("whatsapp_app_secret"), raw)
    async with http.post(installation.webhook, data=raw, headers=headers) as response:
        return response.status


async def test_every_topic_is_kept_three_times(three: Installation) -> None:
    described = await three.compose(
        "exec", "-T", "kafka-1", "/opt/kafka/bin/kafka-topics.sh", "--bootstrap-server", "localhost:9092", "--describe",
    )  # fmt: skip
    topics = [line for line in described.splitlines() if "TopicId" in line]
    assert any("mvvnl.gateway.received.v1" in line for line in topics)
    for line in topics:
        assert "ReplicationFactor: 3" in line and "min.insync.replicas=2" in line, line


async def test_one_of_three_is_killed_and_nothing_is_lost_or_doubled(three: Installation) -> None:
    async with traffic(three.phones) as running:
        await three.kill("kafka-1")
        await asyncio.sleep(AWAY_SECONDS)
        await three.compose("start", "kafka-1")
        await three.healthy()
        account = await running.end()
    print(f"{account.messages} messages; the longest wait was {account.longest:.1f} s")
    account.check(in_order=False)
    print(await three.audit("mvvnl"))


async def test_two_of_three_are_killed_the_webhook_says_503_and_all_goes_on_when_they_are_back(
    three: Installation,
) -> None:
    async with aiohttp.ClientSession() as http, traffic(three.phones) as running:
        writer = Phone(http, three.phones, "mvvnl", WRITER)
        await writer.write(text="hi")  # opens the window for answers, as every conversation does
        await writer.answered(1, 60)
        assert await posted(three, http) == 200
        await asyncio.gather(three.kill("kafka-1"), three.kill("kafka-2"))
        async with asyncio.timeout(NOTICE_SECONDS):
            while await posted(three, http) != 503:
                await asyncio.sleep(1)
        await asyncio.sleep(AWAY_SECONDS)
        assert await posted(three, http) == 503
        assert {one.restarts for one in await three.containers("gateway-webhook")} == {0}

        await three.compose("start", "kafka-1", "kafka-2")
        await three.healthy()
        assert await posted(three, http) == 200
        account = await running.end()
    print(f"{account.messages} messages; the longest wait was {account.longest:.1f} s")
    account.check(in_order=False)
    print(await three.audit("mvvnl"))
