from __future__ import annotations

from issues.symbols.child.kept import LARGE_SECONDS, Kept


def test_what_was_used_last_is_kept() -> None:
    kept = Kept(most=100)
    kept.put("a", "A", 40)
    kept.put("b", "B", 40)
    assert kept.get("a") == "A"
    kept.put("c", "C", 40)
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
    kept.put("c", "D", 10)
    assert (kept.get("c"), kept.size) == ("D", 50)


def test_one_may_be_larger_and_is_let_go_when_it_is_not_used() -> None:
    now = [0.0]
    kept = Kept(most=100, clock=lambda: now[0])
    kept.put("a", "A", 40)
    kept.put("large", "L", 500)
    assert (kept.get("a"), kept.get("large")) == (None, "L")
    now[0] = LARGE_SECONDS - 1
    assert not kept.let_go()
    kept.get("large")
    now[0] += LARGE_SECONDS - 1
    assert not kept.let_go()
    now[0] += 1
    assert kept.let_go()
    assert (kept.get("large"), kept.size) == (None, 0)
    kept.put("a", "A", 40)
    now[0] += 1000
    assert not kept.let_go()
