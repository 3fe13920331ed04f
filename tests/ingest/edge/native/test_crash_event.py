from __future__ import annotations

from typing import Any

import pytest

from ingest.edge.native import crash_event, minidump
from tests.lib.minidumps import Dump

BASE = 0x7F00_0000_0000


def read(dump: Dump) -> minidump.Minidump:
    data = bytes(dump)
    return minidump.read(lambda at, length: data[at : at + length], len(data))


def a_dump(base: int = BASE) -> Dump:
    dump = Dump(instruction=base + 0x1234, threads={3: "worker", 7: "main"})
    dump.modules = [("/opt/game/game", base, 0x5000, dump.build_id(b"\1" * 20))]
    return dump


def test_the_exception_is_the_dumps() -> None:
    event = crash_event.event({"release": "game@1.0", "tags": {"a": "b"}}, read(a_dump()))
    assert (event["platform"], event["level"], event["release"]) == ("native", "fatal", "game@1.0")
    (exception,) = event["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("SIGSEGV", "SEGV_MAPERR at 0xdead in game + 0x1234")
    assert exception["thread_id"] == 7
    assert exception["mechanism"] == {
        "type": "minidump", "handled": False,
        "meta": {"signal": {"number": 11, "code": 1, "name": "SIGSEGV", "code_name": "SEGV_MAPERR"}},
    }  # fmt: skip
    (frame,) = exception["stacktrace"]["frames"]
    assert frame["instruction_addr"] == "0x7f0000001234"
    assert frame["package"] == "/opt/game/game"
    assert exception["stacktrace"]["registers"]["rip"] == "0x00007f0000001234"
    assert event["threads"]["values"] == [
        {"id": 7, "crashed": True, "name": "main"}, {"id": 3, "crashed": False, "name": "worker"},
    ]  # fmt: skip
    assert event["debug_meta"]["images"][0]["code_id"] == "01" * 20
    assert event["contexts"]["os"] == {"name": "Linux", "version": "6.1.7"}
    assert event["contexts"]["device"] == {"arch": "x86_64"}
    assert event["timestamp"] == 1_795_000_000


def test_one_location_is_one_issue_whatever_its_load_address() -> None:
    first, second = (crash_event.event({}, read(a_dump(base))) for base in (BASE, BASE + 0x7000_0000))
    assert first["fingerprint"] == second["fingerprint"] == ["minidump", "SIGSEGV", "game + 0x1234"]


def test_the_programs_own_values_are_kept() -> None:
    given: dict[str, Any] = {
        "fingerprint": ["mine"], "level": "error", "timestamp": "2026-11-24T00:00:00Z", "type": "transaction",
        "contexts": {"os": {"name": "SteamOS"}, "game": {"map": "e1m1"}},
        "exception": {"values": [{"type": "Old"}]},
    }  # fmt: skip
    event = crash_event.event(given, read(a_dump()))
    assert event["fingerprint"] == ["mine"]
    assert (event["level"], event["timestamp"]) == ("error", "2026-11-24T00:00:00Z")
    assert event["contexts"]["os"] == {"name": "SteamOS", "version": "6.1.7"}
    assert event["contexts"]["game"] == {"map": "e1m1"}
    assert event["exception"]["values"][0]["type"] == "SIGSEGV"
    assert "type" not in event
    assert given["contexts"] == {"os": {"name": "SteamOS"}, "game": {"map": "e1m1"}}


@pytest.mark.parametrize(
    "odd", [{"contexts": 7}, {"contexts": {"os": []}}, {"tags": None}, {"exception": "x"}]
)
def test_odd_forms(odd: dict[str, Any]) -> None:
    assert crash_event.event(odd, read(a_dump()))["contexts"]["os"]["name"] == "Linux"


def test_a_damaged_dump_is_an_event_too() -> None:
    event = crash_event.event({"release": "a"}, None)
    assert event["release"] == "a"
    assert event["exception"]["values"][0]["value"] == "The minidump could not be read"
