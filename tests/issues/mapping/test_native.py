from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from issues.artifacts import lookup
from issues.mapping.events import mapped
from issues.symbols.answers import NativeFrame
from tests.lib.mapping import Uploads, frames_of

ID, OTHER = "0755d6f3-d454-610e-7954-9c178ee85c8a", "eaaa5be9-85ec-ed34-c5df-3654182ddf12"
TOTAL = [
    NativeFrame("total", "/ci/shop/src/cart.c", 12, "c"),
    NativeFrame("checkout", "/ci/shop/src/cart.c", 30, "c"),
]


def _event(*frames: dict[str, Any], **stack: Any) -> dict[str, Any]:
    images = [
        {
            "type": "elf",
            "image_addr": "0x2000",
            "image_size": 0x1000,
            "debug_id": OTHER,
            "code_file": "/lib/libc.so.6",
        },
        {
            "type": "symbolic",
            "image_addr": "0x1000",
            "image_size": 0x800,
            "id": ID.upper() + "-0",
            "name": "/srv/shop",
        },
        None,
    ]
    return {
        "platform": "native",
        "exception": {"values": [{"type": "SIGSEGV", "stacktrace": {"frames": list(frames), **stack}}]},
        "debug_meta": {"images": images},
    }


def _at(address: int | str, **members: Any) -> dict[str, Any]:
    return {
        "instruction_addr": address if isinstance(address, str) else hex(address),
        "in_app": True,
        **members,
    }


def test_addresses_get_functions(uploads: Uploads) -> None:
    uploads.add_file(1, "native", ID, {0x1F: TOTAL, 0x40: [NativeFrame("crash", "cart.c", 3, "c")]})
    # The address of a call is before the one that it returns to; the newest frame is where it was.
    event = _event(_at(0x1020), _at(0x1040), platform="native")
    done = mapped(1, 1, event)
    assert done is not None
    checkout, total, crash = frames_of(done.payload)
    assert (checkout["function"], total["function"], crash["function"]) == ("checkout", "total", "crash")
    assert (total["filename"], total["abs_path"], total["lineno"]) == ("cart.c", "/ci/shop/src/cart.c", 12)
    assert (total["instruction_addr"], total["in_app"]) == ("0x1020", True)


@pytest.mark.parametrize(
    ("frame", "stack", "expected"),
    [
        (_at(0x1040), {"instruction_addr_adjustment": "all"}, 0x3F),
        (_at(str(0x1040)), {}, 0x40),
        (_at("0x40", addr_mode="rel:1"), {}, 0x40),
        (_at("0x1040", adjust_instruction_addr=False), {"instruction_addr_adjustment": "all"}, 0x40),
    ],
)
def test_how_an_address_is_read(uploads: Uploads, frame: Any, stack: Any, expected: int) -> None:
    uploads.add_file(1, "native", ID, {expected: TOTAL})
    assert mapped(1, 1, _event(frame, **stack)) is not None


def test_what_the_client_looked_up_itself_stays(uploads: Uploads) -> None:
    uploads.add_file(1, "native", ID, {0x20: TOTAL})
    assert mapped(1, 1, _event(_at(0x1020, function="mine", lineno=3))) is None
    assert mapped(1, 1, _event(_at(0x1020, function="<unknown>"))) is not None


@pytest.mark.parametrize(
    "address", ["", "0x", "x", "-1", 0x1900, 0x10, 1 << 80, "9" * 4000, ["0x1020"], True]
)
def test_addresses_of_nothing(uploads: Uploads, address: Any) -> None:
    uploads.add_file(1, "native", ID, {0x20: TOTAL})
    frame = {"instruction_addr": address, "addr_mode": "rel:x" if address == "" else None}
    assert mapped(1, 1, _event(frame, {"instruction_addr": "0x5", "addr_mode": "rel:99"})) is None


def test_what_is_missing(uploads: Uploads) -> None:
    done = mapped(1, 1, _event(_at(0x1020), _at(0x5000), _at(0x2020, in_app=False)), explain=True)
    assert done is not None
    assert (done.count, done.of) == (0, 2)
    steps = {path[-1]: why.steps for path, why in done.explanations.items()}
    assert [step.is_met for step in steps["0"]] == [True, False]
    assert ID in steps["0"][1].says
    assert [step.is_met for step in steps["1"]] == [False]


def test_sources_that_were_uploaded(uploads: Uploads) -> None:
    uploads.add_file(1, "native", ID, {0x20: TOTAL[:1]})
    sources = {("/ci/shop/src/cart.c", 12): (("eleven",), "twelve", ())}
    uploads.add_file(1, "source_bundle", ID, sources, number=51)
    done = mapped(1, 1, _event(_at(0x1020)))
    assert done is not None
    [frame] = frames_of(done.payload)
    assert (frame["pre_context"], frame["context_line"], frame["post_context"]) == (["eleven"], "twelve", [])
    assert done.uploads == {50, 51}


def test_the_file_with_debug_information_is_used(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    debug = uploads.add_file(1, "native", ID, {0x20: TOTAL})
    stripped = replace(debug, id=60, upload_id=60, features=("unwind",))
    both = {ID: [stripped, replace(debug, features=("debug", "symtab"))]}
    monkeypatch.setattr(
        lookup, "by_debug_ids", lambda project, ids, kinds: both if kinds == ["native"] else {}
    )
    done = mapped(1, 1, _event(_at(0x1020)))
    assert done is not None
    assert done.uploads == {debug.upload_id}
