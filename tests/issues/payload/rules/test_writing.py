from __future__ import annotations

from typing import Any

import pytest

from issues.payload.rules.facts import Facts
from issues.payload.rules.matching import compiled
from issues.payload.rules.writing import suggested


def thrown(type_: Any, value: Any) -> dict[str, Any]:
    return {"exception": {"values": [{"type": type_, "value": value}]}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (thrown("OutOfStock", "only 3 left"), 'type:OutOfStock message:"only * left*" -> out-of-stock'),
        (thrown("E", "user 'ana' 12 34"), 'type:E message:"user *" -> e'),
        (thrown("List[int]", 'a "b" *'), 'type:"List\\[int\\]" message:"a * \\**" -> list-int'),
        ({"message": "paid 12"}, 'message:"paid *" -> message'),
        ({}, ""),
    ],
    ids=["exception", "varying", "special", "message", "nothing"],
)
def test_a_rule_for_an_event_takes_it(event: dict[str, Any], expected: str) -> None:
    written = suggested(event)
    assert written == expected
    if written:
        assert compiled(written, 1).first(Facts(event)) == 0


@pytest.mark.parametrize(
    "value", ['"\\', "a\0b\nc", "{a,b}[c]*?" * 100, "\\" * 400, '"' * 400, "é" * 400, " x"]
)
def test_any_text_makes_a_rule_that_can_be_read(value: str) -> None:
    event = thrown(value, value)
    assert compiled(suggested(event), 1).first(Facts(event)) == 0, suggested(event)
