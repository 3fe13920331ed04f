from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from issues.payload import tags
from issues.payload.json_types import inspect_tags
from issues.payload.notes import Notes
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"a": "b", "n": 1, "f": 1.5, "t": True}, {"a": "b", "n": "1", "f": "1.5", "t": "True"}),
        ([["a", "b"], ["n", 1], ["odd"], None, [5, "five"]], {"a": "b", "n": "1", "5": "five"}),
        ({"null": None, "list": [1], "object": {}, "empty": "", "lines": "a\nb", "": "x"}, {}),
        ({"a b/c": "d", "a-b-c": "e", "a.b": "f"}, {"a b/c": "d", "a-b-c": "e", "a.b": "f"}),
        (
            {"ошибка": "1", "エラー": "2", "Цвет": "3", "цвет": "4"},
            {"ошибка": "1", "エラー": "2", "Цвет": "3", "цвет": "4"},
        ),
        ({"a\nb": "1", "a b": "2", "a\tb": "3"}, {"a\nb": "1", "a b": "2", "a\tb": "3"}),
        (
            {"?": "1", "#": "2", "..": "3", "%2F": "4", "🙂": "5"},
            {"?": "1", "#": "2", "..": "3", "%2F": "4", "🙂": "5"},
        ),
        (
            {" ": "1", "\u3000": "2", "\u200b\u200b": "3"},
            {"U+0020": "1", "U+3000": "2", "U+200B U+200B": "3"},
        ),
        ([["a", "1"], ["b", "2"], ["a", "3"]], {"a": "3", "b": "2"}),
        ({"k" * 300: "v" * 300}, {"k" * 200: "v" * 200}),
        ([{"key": "a", "value": "b"}, {"key": "n", "value": 1}, {"value": "x"}], {"a": "b", "n": "1"}),
        ("text", {}),
        (None, {}),
    ],
)
def test_tags_of_both_forms(sent: Any, found: dict[str, str]) -> None:
    assert tags.read({"tags": sent}) == found


def test_every_name_has_a_key_of_its_own() -> None:
    long = "k" * 200
    names = [f"{long}{end}" for end in ("", "1", "2", "3" * 1000)] + ["U+0020", " ", "short"]
    found = tags.read({"tags": {name: str(number) for number, name in enumerate(names)}})
    assert sorted(found.values()) == [str(number) for number in range(len(names))]
    assert all(len(key) <= tags.LONGEST for key in found)
    assert found[long] == "0"
    assert found["short"] == "6"
    # A name has the same key whatever order the SDK sends the tags in.
    assert tags.renamed(names) == tags.renamed(names[::-1])


def test_a_long_name_on_its_own_is_only_cut() -> None:
    assert tags.renamed(["ü" * 1_000_000, "a"]) == {"ü" * 1_000_000: "ü" * tags.LONGEST}


@pytest.mark.parametrize(
    "make",
    [
        lambda n: {"tags": {f"{'k' * 200}{number}": "v" for number in range(n)}},
        lambda n: {"tags": [["a", str(number)] for number in range(n)]},
        lambda n: {"tags": [[" " * (number % 250 + 1), "v"] for number in range(n)]},
        lambda n: {"tags": {"\u0301" * n: "v", "k" * n: "v"}},
        lambda n: {"tags": [["", "v"]] * n},
    ],
    ids=["long keys", "one key", "blank keys", "marks", "no key"],
)
def test_reading_and_noting_tags_takes_linear_time(make: Callable[[int], dict[str, Any]]) -> None:
    def work(event: dict[str, Any]) -> None:
        inspect_tags(event, tags.read(event), Notes())

    assert_linear(make, work, largest=1 << 17)
