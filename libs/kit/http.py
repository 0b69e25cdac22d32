"""An HTTP server inside a process: uvicorn with the measured settings, stopped like a worker."""

import contextlib
import time
from collections.abc import Generator
from typing import Any

import uvicorn


class HttpServer:
    """Serves one ASGI application until it is stopped; requests in flight may end.

    `behind_proxy`: the client's address is the one that a proxy of `FORWARDED_ALLOW_IPS` tells.
    """

    def __init__(self, app: Any, host: str, port: int, behind_proxy: bool = False) -> None:
        self._server = _Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                loop="uvloop",
                http="httptools",
                lifespan="off",
                access_log=False,
                proxy_headers=behind_proxy,
                date_header=False,
                server_header=False,
                log_config=None,
                # longer than a proxy keeps an idle one (60 s), so that no request meets a connection that just closes
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
            )
        )

    async def run(self) -> None:
        """Listens; leaves the process with a clear error where the port is taken."""
        await self._server.serve()

    def stop(self) -> None:
        """Takes no more connections."""
        self._server.should_exit = True

    @property
    def last_poll(self) -> float:
        return time.monotonic()

    async def check(self) -> str | None:
        """For `/readyz`."""
        return None if self._server.started else "does not listen yet"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # signals belong to the process, which stops everything in order
        yield
