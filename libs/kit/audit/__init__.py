"""The audit: was every message that we acknowledged answered, once, in order?

It reads Kafka and the databases and writes nothing, so it may run beside a working system: what is under way when it
begins gets `patience` seconds to arrive. It counts as lost only when it was missing all the time, and as stuck when it
waited in the ledger all the time.
"""

import asyncio
import time
from dataclasses import replace
from datetime import datetime

from libs.kit.audit.findings import Findings, judge
from libs.kit.audit.report import columns, findings_of, table
from libs.kit.audit.tables import Databases, Tables
from libs.kit.audit.trail import Reader, Seen, Trail
from libs.kit.settings import Settings

__all__ = [
    "Databases",
    "Findings",
    "Reader",
    "Seen",
    "Tables",
    "Trail",
    "audit",
    "columns",
    "findings_of",
    "judge",
    "table",
]

PAUSE_SECONDS = 2.0


async def audit(settings: Settings, discom: str, since: datetime, patience: float = 60.0) -> Findings:
    """One discom's account since a time, as soon as it is clean or patience has run out."""
    trail = Trail(discom, since)
    reader, databases = Reader(settings, trail), Databases(settings, discom)
    findings: Findings | None = None
    began = 0.0
    try:
        await reader.open()
        await databases.open()
        while True:
            # Kafka on both sides of the databases: what these know and Kafka did not yet is not taken for missing
            await reader.catch_up()
            tables = await databases.read(trail)
            await reader.catch_up()
            if findings is None:
                began = time.monotonic()  # reading what a day left may take longer than patience lasts
            findings = judge(trail, tables, await reader.waiting()).confirmed(findings)
            seconds = time.monotonic() - began
            if findings.clean or seconds > patience:
                return replace(findings, seconds=seconds)
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await databases.close()
        await reader.close()
