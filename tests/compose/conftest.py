"""Everything in containers. Needs a Docker engine with the images; tests say so and are skipped where there is none."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.compose import checks
from deploy.local.files import LocalError
from tests.compose.installation import Installation, project, running


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine with its compose plugin."""
    try:
        checks.engine()
    except LocalError as error:
        pytest.skip(str(error))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(engine: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """The demo for two discoms; mvvnl with three partitions, so that three processes of one service have work.

    Each file its own: waits are measured, and nothing else is to run meanwhile.
    """
    directory = tmp_path_factory.mktemp("installation")
    wanted = project(directory, "bijli-setu-test", ["demo"], {"mvvnl": 3, "pvvnl": 1})
    async with running(wanted) as found:
        yield found
