"""Logging: one JSON object per line on stdout, naming moments and event ids, never a consumer's words or number."""

import logging
import sys
import time
from typing import Any, TextIO

import structlog

QUIET_SECONDS = 10.0


class Once(logging.Filter):
    """Lets one record per logger, level and template through in 10 s: without a broker aiokafka writes hundreds."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.levelno, str(record.msg)[:80])
        now = time.monotonic()
        if now < self._next.get(key, 0.0):
            return False
        self._next[key] = now + QUIET_SECONDS
        return True


class _Lines(logging.Handler):
    """Foreign loggers in our format. Exceptions by class only: their text may quote what a person wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
        if record.name.startswith(("aiokafka", "uvicorn", "kafka")):
            text = record.getMessage()
        else:
            # asyncio writes a lost exception and the arguments of a callback into the message itself
            text = str(record.msg).partition("\n")[0].partition("(")[0]
        structlog.get_logger().log(record.levelno, text[:300], **fields)


def configure(level: str, to: TextIO | None = None, **fixed: str) -> None:
    """Sets up structlog and the standard library's logging; `fixed` (service, role) goes into every line.

    Lines go to stdout, or `to` stderr where a command's own answer stands on stdout.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(to or sys.stdout),
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**fixed)
    handler = _Lines()
    handler.addFilter(Once())
    logging.basicConfig(level=max(logging.WARNING, logging.getLevelName(level)), handlers=[handler], force=True)
    # Its INFO and most WARNINGs repeat what the consumer loop says itself.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)


log = structlog.get_logger()


class Seldom:
    """Says the same thing at most every 10 s, for waits that last."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def warning(self, moment: str, **fields: Any) -> None:
        now = time.monotonic()
        if now >= self._next.get(moment, 0.0):
            self._next[moment] = now + QUIET_SECONDS
            log.warning(moment, **fields)
