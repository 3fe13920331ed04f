from __future__ import annotations

import json

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import dart
from tests.lib.growth import assert_linear


def test_names_and_names_of_several_parts() -> None:
    real, _ = dart.loaded(b'["ShopError","aaa","Cart","b$","total","cd"]')
    names = ["aaa", "b$.cd", "List<aaa>", "unknown", "xaaa", ""]
    assert dart.answer(real, {"names": names}) == {
        "aaa": "ShopError", "b$.cd": "Cart.total", "List<aaa>": "List<ShopError>",
    }  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"{}", b'["a"]', b'["a",1]', b"[[]", b"\xff", b"NaN"])
def test_what_is_no_symbol_map_says_why(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not a symbol map of Dart"):
        dart.loaded(data)


def test_an_empty_map_knows_nothing() -> None:
    real, _ = dart.loaded(b"[]")
    assert real
    assert dart.answer(real, {"names": ["a"]}) == {}


def test_it_takes_linear_time() -> None:
    assert_linear(
        lambda n: json.dumps(["a"] * 2 * n).encode(), dart.loaded, smallest=1 << 10, largest=1 << 14
    )
