"""Which line decides about an event."""

from __future__ import annotations

from typing import Any

from issues.ownership.matching import Budget, RuleSet

RULES = RuleSet(
    """* @all
path:src/payments/* #payments
path:src/util/* #util
url:*/checkout/* #checkout
tag.customer:acme ana@example.org
module:shop.billing.* @billing
/free/
"""
)


def event(*frames: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event with these frames, the one where it happened last; a text is the path of one of the application."""
    made = [{"filename": each, "in_app": True} if isinstance(each, str) else each for each in frames]
    return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": made}}]}, **more}


def owners(sent: dict[str, Any], rules: RuleSet = RULES) -> tuple[str, ...] | None:
    rule = rules.decide(sent)
    return rule.owners if rule else None


def test_the_last_line_about_the_first_frame_that_one_matches_decides() -> None:
    assert owners(event("src/payments/a.py")) == ("#payments",)
    assert owners(event("src/payments/a.py", "src/util/b.py")) == ("#util",)
    # No line but the first is about the frame where it happened: that one decides.
    assert owners(event("src/payments/a.py", "src/other.py")) == ("@all",)
    some = RuleSet("path:src/payments/* #payments")
    assert owners(event("src/payments/a.py", "src/other.py"), some) == ("#payments",)
    # Where no frame is the application's all are looked at, else libraries come last.
    library = {"filename": "src/util/lib.py", "in_app": False}
    assert owners(event("src/payments/a.py", library), some) == ("#payments",)
    assert owners(event(library)) == ("#util",)
    assert owners(event({"abs_path": "/srv/app/SRC/Payments/x.py"})) == ("#payments",)
    assert owners(event({"abs_path": "C:\\repo\\src\\util\\x.py"})) == ("#util",)
    assert owners(event("free/x")) == ()
    assert owners({"message": "no frames"}) is None


def test_urls_tags_and_modules() -> None:
    asked = {"url": "https://shop.example/CHECKOUT/pay?x=1"}
    assert owners(event("src/payments/a.py", request=asked)) == ("#checkout",)
    assert owners(event("a.py", request=asked, tags={"customer": "ACME"})) == ("ana@example.org",)
    assert owners({"tags": [["customer", "acme"]]}) == ("ana@example.org",)
    assert owners(event({"module": "shop.billing.card", "function": "f"})) == ("@billing",)
    for strange in ({"request": "x"}, {"exception": 5}, {"tags": 1, "request": {"url": []}}):
        assert owners(strange) is None


def test_a_flood_is_not_compared_for_long() -> None:
    rules = RuleSet("* @all")
    budget = Budget(2, 60)
    found = [rules.decide(event(f"{n}.py"), None, budget) for n in range(4)]
    assert [bool(each) for each in found] == [True, True, False, False]
    # What was compared before is known.
    assert rules.decide(event("0.py"), None, budget)


def test_lines_that_are_slow_on_purpose_are_not_compared_for_long() -> None:
    rules = RuleSet("\n".join(["**/a*/" * 20 + "b @x"] * 200))
    budget = Budget(2_000, 0.001)
    for n in range(2_000):
        assert rules.decide(event("a/" * 100 + f"{n}"), None, budget) is None
    assert -0.2 < budget.seconds <= 0
