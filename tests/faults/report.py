"""Accounts as tables for people, and the page that promises what they showed."""

import json
from dataclasses import dataclass, field

from deploy.local.files import LOCAL
from libs.kit.audit import Findings, findings_of, table
from tests.faults.stage import Account

FILE = LOCAL / "faults" / "report.json"


def told(account: Account) -> str:
    """One run: its account, its deaths, the last words of processes that ended by themselves."""
    deaths = ", ".join(f"{name} {cause} {count}" for (name, cause), count in sorted(account.deaths.items()))
    lines = [
        f"{account.name}: {account.seconds:.0f} s, settled after {account.settled_after:.0f} s, "
        f"{sum(account.deaths.values())} deaths",
        table(account.findings),
        f"deaths: {deaths}",
        *account.failures,
    ]
    return "\n".join(lines)


@dataclass
class Report:
    """All accounts of one long form."""

    full: bool
    accounts: list[Account] = field(default_factory=list)
    controls: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, account: Account) -> None:
        self.accounts.append(account)

    def control(self, less: str, found: Findings) -> None:
        """What the audit found with a promise taken away."""
        self.controls[less] = {kind: len(ids) for kind, ids in findings_of(found).items()}

    def write(self) -> None:
        if not self.accounts:
            return
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(json.dumps([account.name for account in self.accounts]))
