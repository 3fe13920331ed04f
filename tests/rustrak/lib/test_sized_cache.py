from __future__ import annotations

from rustrak.lib.sized_cache import SizedCache


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = SizedCache[str, str](100)
    cache.put("a", "1", 50)
    cache.put("b", "2", 50)
    assert cache.get("a") == "1"
    cache.put("c", "3", 50)
    assert [cache.get(key) for key in "abc"] == ["1", None, "3"]


def test_a_value_is_counted_once() -> None:
    cache = SizedCache[str, str](100)
    for number in range(5):
        cache.put("a", str(number), 60)
    cache.put("b", "2", 40)
    assert (cache.get("a"), cache.get("b")) == ("4", "2")


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache = SizedCache[str, str](100)
    cache.put("a", "1", 101)
    assert cache.get("a") is None
    cache.put("b", "2", 100)
    assert cache.get("b") == "2"
