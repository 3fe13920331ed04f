from __future__ import annotations

from typing import Any

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import java
from tests.lib.growth import assert_linear
from tests.lib.symbol_files import PROGUARD, contents


def answered(data: bytes, *frames: tuple[str, str, int], classes: tuple[str, ...] = ()) -> Any:
    mapper, _ = java.load([contents(data, is_compressed=True)], {})
    return java.answer(mapper, {"frames": frames, "classes": classes})


def test_frames_have_their_real_names_and_inlined_calls_are_several() -> None:
    frames, classes = answered(
        PROGUARD,
        ("a.b.c", "a", 1),
        ("a.b.c", "a", 4),
        ("a.b.d", "a", 1),
        classes=("a.b.d", "java.lang.String"),
    )
    assert frames == [
        [["com.example.Helper", "inlined", "", 10], ["com.example.Main", "run", "", 20]],
        [["com.example.Main", "run", "", 25]],
        [["com.example.Sync$Inner", "go", "Sync.kt", 7]],
    ]
    assert classes == {"a.b.d": "com.example.Sync$Inner"}


def test_what_is_known_in_part() -> None:
    frames, _ = answered(
        PROGUARD,
        ("a.b.c", "b", 0),
        ("a.b.c", "b", 3),
        ("a.b.c", "unknown", 1),
        ("a.b.c", "a", 99),
        ("x.y", "z", 1),
    )
    assert frames == [
        [["com.example.Main", "other", "", 0]],
        [["com.example.Main", "other", "", 0]],
        [["com.example.Main", "unknown", "", 0]],
        [["com.example.Main", "a", "", 0]],
        [],
    ]
    assert answered(PROGUARD, ("a.b.c", "a", -1), ("\0", "", 1 << 62))[0][1] == []


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\0 -> :\n", b"a -> b:\n" * 3 + b"  1:9", b"-> -> ->:\n    ->", b"\n"]
)
def test_what_is_no_mapping_knows_nothing(data: bytes) -> None:
    assert answered(data, ("q", "a", 1))[0] == [[]]


def test_an_empty_mapping_says_so() -> None:
    with pytest.raises(Unreadable, match="empty"):
        java.load([contents(b"")], {})


def test_reading_takes_linear_time() -> None:
    assert_linear(
        lambda n: b"".join(b"com.C%d -> a.c%d:\n    1:3:void m():1:3 -> a\n" % (i, i) for i in range(n)),
        lambda data: answered(data, ("a.c1", "a", 1)),
        smallest=1 << 10,
        largest=1 << 14,
    )
