from __future__ import annotations

import copy
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.cut.salvage import salvage
from issues.payload.notes import Notes, What
from issues.payload.read import Occurrence, read
from rustrak.lib import tolerant_json
from tests.lib import events
from tests.lib.payloads import NAMES, OBJECTS, recorded

ID = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 19, 0, 0, tzinfo=UTC)
MIB = 1 << 20
COLUMNS = (
    "title", "type", "value", "culprit", "key", "level", "platform", "release", "environment", "transaction", "person",
    "timestamp",
)  # fmt: skip


def seen(event: dict[str, Any] | bytes, limit: int | None = None) -> Occurrence:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    return read(data, event_id=ID, received_at=NOW, limit=limit)


def columns(occurrence: Occurrence) -> dict[str, Any]:
    return {name: getattr(occurrence, name) for name in COLUMNS}


def whats(occurrence: Occurrence) -> dict[str, str]:
    return {note.field: note.what for note in occurrence.notes}


def test_an_event_within_the_limit_is_not_cut() -> None:
    data = events.dumps(events.python_event(1))
    occurrence = seen(data, limit=len(data))
    assert occurrence.data is data
    assert not occurrence.salvaged


def test_white_space_is_removed_before_anything_is_cut() -> None:
    event = {"message": "m", "extra": {"a": [1, 2]}}
    occurrence = seen(json.dumps(event, indent=40).encode(), limit=60)
    assert occurrence.payload == event
    assert not occurrence.salvaged
    assert occurrence.notes == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [1024, 4096, 20_000])
def test_events_of_real_sdks_keep_their_columns(name: str, limit: int) -> None:
    whole, cut = seen(recorded(name)), seen(recorded(name), limit)
    assert columns(cut) == columns(whole)
    if not cut.salvaged:
        return
    assert len(cut.data) <= limit
    assert cut.notes[0][:2] == ("", What.SALVAGED)
    again = seen(cut.data, limit)
    assert not again.salvaged
    assert again.data == cut.data
    assert (again.key, again.title, again.level, again.type) == (cut.key, cut.title, cut.level, cut.type)
    if limit > 4096:
        assert columns(again) == columns(cut)


@given(OBJECTS, st.integers(256, 3000))
def test_any_event_fits_and_the_original_is_not_changed(event: dict[str, Any], limit: int) -> None:
    event, _ = tolerant_json.loads(json.dumps(event).encode())
    before = copy.deepcopy(event)
    data = salvage(event, limit, Notes())
    assert event == before
    assert len(data) <= limit
    kept = json.loads(data)
    assert set(kept) <= set(event)


@given(OBJECTS, st.sampled_from([600, 2000, 8000]))
def test_any_event_keeps_its_columns_and_reads_the_same_again(event: dict[str, Any], limit: int) -> None:
    sent = {**event, "extra": {"padding": "p" * 9000}}
    whole, cut = seen(sent), seen(sent, limit)
    assert cut.salvaged
    assert columns(cut) == columns(whole)
    assert cut.tags == whole.tags
    again = seen(cut.data, limit)
    assert again.data == cut.data
    assert not again.salvaged


HUGE = "h" * 400_000


@pytest.mark.parametrize(
    "large",
    [
        {"extra": {"dump": HUGE, "small": 1}},
        {"exception": {"values": [{"type": "T" + HUGE, "value": "v" + HUGE}]}},
        {"exception": {"values": [{"type": "T", "value": {"code": HUGE}}]}},
        {"exception": [{"type": f"T{n}", "value": "v" * 900} for n in range(900)]},
        {"exception": {"value": "only", "mechanism": {"synthetic": True}}, "message": "said " + HUGE},
        {"message": {"message": "a %s", "params": [HUGE], "formatted": "a " + HUGE}},
        {"logentry": HUGE, "message": "m"},
        {"logentry": {"message": {"odd": HUGE}}},
        {"transaction": "/t" + HUGE, "message": "m"},
        {"transaction": [HUGE], "message": "m"},
        {"message": "m", "tags": {f"k{n}": "v" * 100 for n in range(5000)}},
        {"message": "m", "user": {"id": "7", "data": HUGE}, "release": "1", "contexts": {"a": {"b": HUGE}}},
        {"fingerprint": ["a", "{{ default }}"], "message": HUGE},
        {"sentry.interfaces.Exception": {"values": [{"type": "Old", "value": HUGE}]}},
        {"message": "m", "unknown": HUGE, **{f"field{n}": n for n in range(60_000)}},
        {"message": "m", "stacktrace": {"frames": [{"function": "f" * 500, "lineno": n} for n in range(900)]}},
        {"message": "m", "threads": {"values": [{"id": n, "stacktrace": {"frames": [{"function": HUGE[:900]}] * 90}} for n in range(9)]}},
    ],
)  # fmt: skip
def test_the_other_members_are_kept_whichever_one_is_large(large: dict[str, Any]) -> None:
    sent = {
        "level": "fatal",
        "release": "1.2",
        "environment": "prod",
        "platform": "python",
        "user": {"id": "7"},
        **large,
    }
    whole, cut = seen(sent), seen(sent, 64 * 1024)
    assert cut.salvaged
    assert len(cut.data) <= 64 * 1024
    again = seen(cut.data)
    assert columns(again) == columns(cut) == columns(whole)
    assert cut.payload["user"]["id"] == "7"
    assert len(cut.notes) >= 2


def test_a_deep_stack_keeps_both_ends_with_source_and_variables() -> None:
    event = events.python_event(1, frames=3000, variables=True)
    cut = seen(event, MIB)
    frames = cut.payload["exception"]["values"][0]["stacktrace"]["frames"]
    sent = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames == sent[:50] + sent[-200:]
    assert whats(cut)["exception.values.0.stacktrace.frames"] == What.FRAMES_CUT
    assert cut.payload["breadcrumbs"] == event["breadcrumbs"]
    assert cut.payload["request"] == event["request"]
    assert cut.payload["contexts"] == event["contexts"]


def test_variables_are_cut_before_source_and_source_before_frames() -> None:
    event = events.python_event(1, frames=60, variables=True)
    sent = event["exception"]["values"][0]["stacktrace"]["frames"]

    def kept(limit: int) -> tuple[int, int, int]:
        frames = seen(event, limit).payload["exception"]["values"][0]["stacktrace"]["frames"]
        assert frames[-1]["function"] == sent[-1]["function"]
        with_source = sum("pre_context" in frame for frame in frames)
        return len(frames), with_source, sum("vars" in frame for frame in frames)

    counts = [kept(limit) for limit in (60_000, 40_000, 20_000, 6_000)]
    for larger, smaller in zip(counts, counts[1:], strict=False):
        assert all(one >= other for one, other in zip(larger, smaller, strict=True))
    assert all(frames >= source >= variables for frames, source, variables in counts)
    assert counts[-1][0] >= 5


def test_one_large_variable_costs_only_itself() -> None:
    event = events.python_event(1, frames=40, variables=True)
    event["exception"]["values"][0]["stacktrace"]["frames"][20]["vars"]["huge"] = "x" * (2 * MIB)
    cut = seen(event, MIB)
    frames = cut.payload["exception"]["values"][0]["stacktrace"]["frames"]
    sent = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames[:20] + frames[21:] == sent[:20] + sent[21:]
    assert {name: value for name, value in frames[20]["vars"].items() if name != "huge"} == {
        name: value for name, value in sent[20]["vars"].items() if name != "huge"
    }
    field = "exception.values.0.stacktrace.frames.20.vars.huge"
    assert [note.detail.split()[0] for note in cut.notes if note.field == field] == [str(2 * MIB)]


def test_the_newest_breadcrumbs_stay() -> None:
    event = {
        "message": "m",
        "breadcrumbs": {"values": [{"message": f"{n} " + "b" * 500} for n in range(2000)]},
    }
    cut = seen(event, 100_000)
    crumbs = cut.payload["breadcrumbs"]["values"]
    assert crumbs == event["breadcrumbs"]["values"][-len(crumbs) :]
    assert len(crumbs) > 80
    assert whats(cut)["breadcrumbs.values"] == What.ENTRIES_CUT


def test_a_group_of_exceptions_keeps_its_tree() -> None:
    event = recorded("python-group")
    for exception in event["exception"]["values"]:
        for frame in exception.get("stacktrace", {}).get("frames", []):
            frame["vars"] = {"large": "x" * 100_000}
    cut = seen(event, 50_000)

    def tree(payload: dict[str, Any]) -> list[Any]:
        return [
            [
                one["type"],
                one["value"],
                *(one["mechanism"].get(name) for name in ("exception_id", "parent_id", "source")),
            ]
            for one in payload["exception"]["values"]
        ]

    assert tree(cut.payload) == tree(event)


def test_members_too_dense_to_parse_are_left_out() -> None:
    data = b'{"message":"m","extra":{"x":[' + b",".join([b"[]"] * 2_000_000) + b"]}}"
    cut = seen(data, MIB)
    assert cut.payload == {"message": "m"}
    assert cut.salvaged
    assert [tuple(note) for note in cut.notes] == [
        ("", "salvaged", f"{len(data)} 15"),
        ("extra", "dropped", str(len(data) - 16)),
    ]


def _dense_exceptions(unit: bytes, times: int) -> bytes:
    last = b'{"type":"ValueError","value":"the last\\none","stacktrace":{"frames":[' + unit * times + b"{}]}}"
    return b'{"user":{"id":7},"exception":[{"type":"First"},' + last + b"]}"


@pytest.mark.parametrize(
    "data",
    [
        _dense_exceptions(b'{"function":"f"},', 480_000),
        _dense_exceptions(b'{"function":"f","vars":{"a":"b"}},', 240_000),
        b'{"user":{"id":7},"exception":[' + b",".join([b'{"type":"a","value":"b"}'] * 330_000) + b"]}",
        b'{"user":{"id":7},"message":"m","tags":{'
        + b",".join(b'"k%d":"v"' % n for n in range(600_000))
        + b"}}",
    ],
    ids=["frames", "variables", "exceptions", "tags"],
)
def test_the_densest_events_keep_their_columns(data: bytes) -> None:
    assert len(data) > 7 * MIB
    whole, cut = seen(data), seen(data, MIB)
    assert cut.salvaged
    assert len(cut.data) <= MIB
    again = seen(cut.data)
    for name in ("key", "title", "type", "value", "person"):
        assert getattr(whole, name) == getattr(cut, name) == getattr(again, name)
    assert bool(cut.tags) == bool(whole.tags)


@pytest.mark.parametrize("value", ["dense", "frames", "extra", "text"])
def test_eight_times_the_limit_costs_bounded_memory_and_time(value: str) -> None:
    """In a process of its own: 8 MiB cost at most about 100 MiB more than a small event."""
    script = f"""
import json, resource, sys
from datetime import UTC, datetime
from issues.payload.read import read
from tests.lib import events
from tests.lib.large_events import LARGE
data = LARGE[{value!r}]()
now = datetime.now(UTC)
read(events.dumps(events.python_event(1)), event_id="{ID}", received_at=now)
before = resource.getrusage(resource.RUSAGE_SELF)
cut = read(data, event_id="{ID}", received_at=now, limit={MIB})
after = resource.getrusage(resource.RUSAGE_SELF)
assert cut.salvaged and len(cut.data) <= {MIB}
print(after.ru_maxrss - before.ru_maxrss, after.ru_utime - before.ru_utime)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    kilobytes, seconds = found.split()
    assert int(kilobytes) < 120 * 1024
    assert float(seconds) < 3  # 0.1 to 0.4 on a machine that does nothing else
