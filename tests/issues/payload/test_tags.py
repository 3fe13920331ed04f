from __future__ import annotations

from typing import Any

import pytest

from issues.payload import tags


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"a": "b", "n": 1, "f": 1.5, "t": True}, {"a": "b", "n": "1", "f": "1.5", "t": "True"}),
        ([["a", "b"], ["n", 1], ["odd"], None, [5, "five"]], {"a": "b", "n": "1", "5": "five"}),
        ({"null": None, "list": [1], "object": {}, "empty": "", "lines": "a\nb", "": "x"}, {}),
        ({"a b/c": "d"}, {"a-b-c": "d"}),
        ({"k" * 300: "v" * 300}, {"k" * 200: "v" * 200}),
        ([{"key": "a", "value": "b"}, {"key": "n", "value": 1}, {"value": "x"}], {"a": "b", "n": "1"}),
        ("text", {}),
        (None, {}),
    ],
)
def test_tags_of_both_forms(sent: Any, found: dict[str, str]) -> None:
    assert tags.read({"tags": sent}) == found


def test_long_names_are_cut_before_they_are_cached() -> None:
    tags._key_of.cache_clear()
    assert tags.key_of("ü" * 1_000_000) == "-" * tags.LONGEST
    assert tags.key_of("ü" * 2_000_000) == "-" * tags.LONGEST
    assert tags._key_of.cache_info().currsize == 1
