"""issues/sentry_api/issues/query.py"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from issues.sentry_api.issues.query import order, period, text_of
from rustrak.lib import clock, problems
from tests.lib.growth import assert_linear


def asked(**parameters: str) -> HttpRequest:
    return RequestFactory().get("/", parameters)


def test_sentrys_words_become_ours() -> None:
    for sent, meant in (
        ("is:unresolved issue.category:error", "is:unresolved"),
        ("status:resolved level:fatal", "is:resolved level:fatal"),
        ("!status:resolved", "!is:resolved"),
        ("boom status: x", "boom status: x"),
        ("", ""),
    ):
        assert text_of(asked(query=sent)) == meant, sent
    assert text_of(asked()) == "is:unresolved"
    assert text_of(asked(query="x", environment="prod")) == "x environment:prod"
    assert text_of(asked(query="", status="resolved")) == text_of(asked(status="resolved")) == "is:resolved"


@pytest.mark.parametrize("query", ["issue.category:feedback", "x" * 10_000])
def test_what_there_is_not_is_refused(query: str) -> None:
    with pytest.raises(problems.BadInput):
        text_of(asked(query=query))


def test_periods() -> None:
    within = period(asked(statsPeriod="14d"))
    assert within.start is not None
    assert clock.now() - within.start - timedelta(days=14) < timedelta(minutes=1)
    within = period(asked(start="2026-11-27T12:00:00", end="2026-11-27"))
    assert str(within.start), str(within.end) == ("2026-11-27 12:00:00+00:00", "2026-11-27 00:00:00+00:00")
    assert period(asked(statsPeriod="99999w")).start is not None
    for wrong in (
        {"statsPeriod": "x"},
        {"start": "yesterday"},
        {"end": "2026-13-01"},
        {"start": "0001-01-01T00:00:00+23:59"},
    ):
        with pytest.raises(problems.BadInput):
            period(asked(**wrong))


def test_orders() -> None:
    assert order(asked()) == ["last_seen", "id"]
    assert order(asked(sort="freq")) == ["event_count", "id"]
    with pytest.raises(problems.BadInput):
        order(asked(sort="x"))


def test_the_time_is_proportional_to_the_length() -> None:
    def read(text: str) -> None:
        with suppress(problems.BadInput):
            text_of(asked(query=text))

    assert_linear(lambda size: "x" + " status:category:x" * size, read, largest=1 << 14)
