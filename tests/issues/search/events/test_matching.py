"""What one event meets."""

from __future__ import annotations

from typing import Any

import pytest

from issues.query.parsing import parse
from issues.search.events.facts import Facts
from issues.search.events.matching import fits_release, reader_of
from tests.lib.events import tagged_event
from tests.lib.growth import assert_linear


def meets(event: dict[str, Any], text: str) -> bool:
    query, mistakes = parse(text)
    assert not mistakes, mistakes
    facts = Facts(event)
    return all(reader_of(term)(facts) != term.is_negated for term in query.terms)


@pytest.mark.parametrize(
    ("expected", "texts"),
    [
        (
            True,
            "charge|chargeCard|chargecard|charge_card|billing/charge.py|char*card|PaymentDeclined|'disk is full'|dis* is|mine|132|"
            "type:ioerror|type:payment*|type:[x,IOError]|function:chargeCard|function:'chargeCard'|file:billing/charge.py|module:billing|module:shop.payment|"
            "url:/checkout/pay|url:*step*|transaction:checkout|transaction:'/checkout/{id}'|message:card|message:shop.pay|message:'is full'|"
            "browser:'Firefox 132'|browser:Fire*|browser:*|tags[url]:mine|has:browser|has:stacktrace|has:user|-has:os|-browser:x|"
            "user:8812|user.username:ÄNNA|user.ip:2001:db8::1|user:88*",
        ),
        (
            False,
            "char*cart|'disk is fu'|'full disk'|type:payment|function:'charge'|url:mine|browser:Firefox|browser:firefox*|has:os|-charge|"
            "user:88|user.email:*|user.id:Änna|transaction:'/checkout'|message:'is fu'",
        ),
    ],
    ids=["met", "not met"],
)  # fmt: skip
def test_conditions(expected: bool, texts: str) -> None:
    wrong = [
        text for text in texts.replace("'", '"').split("|") if meets(tagged_event(), text) is not expected
    ]
    assert wrong == []


def test_an_event_that_says_nothing_meets_only_negations() -> None:
    for text in (
        "x",
        "type:x",
        "file:*",
        "url:x",
        "user:x",
        "has:user",
        "has:stacktrace",
        "a:b",
        "message:x",
        "function:*",
    ):
        assert not meets({}, text), text
        assert meets({}, f"-{text}"), text


def test_releases_are_compared() -> None:
    value = parse("release:>=shop@2.4")[0].terms[0].values[0]
    assert [
        name for name in ("shop@2.10", "shop@2.3", "web@3.0", "2.4", "x", "") if fits_release(name, value)
    ] == ["shop@2.10"]


def test_hostile_events_take_time_in_proportion_to_their_size() -> None:
    tests = [
        reader_of(parse(text)[0].terms[0])
        for text in ("a*b*c*d*e", "type:*a*b*c", "function:*aB*", "t:*a*a*b", "user:*a*b", '"a a b"')
    ]

    def event(size: int) -> dict[str, Any]:
        text = "aA" * size
        frames = [{"function": text[:50], "filename": "a a", "module": "a.a"}] * size
        return {
            "exception": [{"type": text, "value": text, "stacktrace": {"frames": frames}}] * 3,
            "tags": {"t": text, **{f"k{number}": "a a" for number in range(size)}},
            "user": {"id": text, "username": text},
            "message": text,
        }

    def work(one: dict[str, Any]) -> None:
        facts = Facts(one)
        assert not any(test(facts) for test in tests)

    assert_linear(event, work, largest=1 << 12)
