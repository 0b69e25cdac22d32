"""The envelope: ids that a second run repeats, the root's time, one trace, and what is unreadable."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from libs.schemas.events import Event, Unreadable, read, root_event
from libs.schemas.messages import Merge

AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)
DATA = Merge(discom="mvvnl", old_chat_id="a", new_chat_id="b", at=AT)
ROOT = root_event(UUID(int=7), "chat.merged", "mvvnl/gateway", AT, "b", DATA)


def test_what_follows_has_an_id_made_of_its_cause_and_its_place() -> None:
    first, again, second = (ROOT.follow(n, "chat.merged", "mvvnl/menu", "b", DATA) for n in (0, 0, 1))
    assert first == again and first.id == uuid5(ROOT.id, "0") != second.id


def test_what_follows_keeps_the_roots_time_and_trace_at_any_depth() -> None:
    event = ROOT
    spans = {event.traceparent}
    for n in range(5):
        event = event.follow(n, "chat.merged", "mvvnl/menu", "b", DATA)
        spans.add(event.traceparent)
    assert event.time == AT
    assert {span[:36] for span in spans} == {f"00-{ROOT.id.hex}-"} and len(spans) == 6


def changed(name: str, value: bytes | None) -> list[tuple[str, bytes]]:
    headers = [(key, old) for key, old in ROOT.headers() if key != name]
    return headers if value is None else [*headers, (name, value)]


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"])
def test_a_record_without_a_header_it_needs_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable, match=r"^KeyError$"):
        read(changed(name, None), ROOT.value())


@pytest.mark.parametrize(
    ("name", "value"), [("ce_id", b"7"), ("ce_time", b"yesterday"), ("ce_subject", b"\xff"), ("ce_type", b"\xff")]
)
def test_a_record_with_a_nonsensical_header_is_unreadable(name: str, value: bytes) -> None:
    with pytest.raises(Unreadable):
        read(changed(name, value), ROOT.value())


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"null", b'{"discom": "919000000017"}', b"\xff"])
def test_a_value_that_does_not_fit_is_unreadable_and_is_not_quoted(value: bytes | None) -> None:
    with pytest.raises(Unreadable) as caught:
        read(ROOT.headers(), value)
    assert str(caught.value) == "ValidationError" and caught.value.__cause__ is None


def test_a_type_from_the_future_is_no_event_for_us() -> None:
    assert read(changed("ce_type", b"meter.read"), b"anything") is None


def test_a_record_without_a_trace_gets_one_of_its_own() -> None:
    found = read(changed("traceparent", None), ROOT.value())
    assert isinstance(found, Event)
    version, trace, span, flags = found.traceparent.split("-")
    assert (version, trace, flags) == ("00", ROOT.id.hex, "01") and len(span) == 16 and int(span, 16)


def test_times_without_a_zone_are_refused() -> None:
    naive = ROOT.value().replace(b"2026-11-24T13:05:07Z", b"2026-11-24T13:05:07")
    with pytest.raises(Unreadable):
        read(ROOT.headers(), naive)


def test_times_of_another_zone_stay_the_same_moment() -> None:
    shifted = ROOT.value().replace(b"2026-11-24T13:05:07Z", b"2026-11-24T18:35:07+05:30")
    found = read(ROOT.headers(), shifted)
    assert found and isinstance(found.data, Merge) and found.data.at - AT == timedelta(0)
