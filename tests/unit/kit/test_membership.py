"""Members of consumer groups are dynamic: docs/adr/0006-no-static-membership.md."""

from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_nothing_gives_a_consumer_a_fixed_member_id() -> None:
    """Two processes with one id would fence each other for ever."""
    sources = [file for folder in ("libs", "services", "deploy") for file in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 100
    assert [str(file) for file in sources if "group_instance_id" in file.read_text(encoding="utf-8")] == []
