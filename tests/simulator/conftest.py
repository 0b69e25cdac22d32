"""One simulator for the tests of a file; tests keep apart by using phones of their own."""

import itertools
from collections.abc import AsyncIterator, Callable

import pytest

from tests.simulator.harness import Simulator, running

_numbers = itertools.count(919700000001)


@pytest.fixture(scope="module")
async def simulator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    async with running(tmp_path_factory.mktemp("simulator")) as started:
        yield started


@pytest.fixture
def new_number() -> Callable[[], str]:
    """A number that no other test uses."""
    return lambda: str(next(_numbers))


@pytest.fixture
def phone(new_number: Callable[[], str]) -> str:
    return new_number()
