"""What an issue list shows, as a query string and back."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.pages.issue_list import asked, sorting
from issues.saved_searches import SORTS, STATUSES, Invalid, View
from issues.saved_searches.view import check

TEXT = st.text(max_size=20)


@given(TEXT, TEXT, TEXT)
def test_a_link_says_all_of_the_view(query: str, environment: str, period: str) -> None:
    view = View("all", query, "events_asc", environment, period)
    assert View.of(dict(parse_qsl(view.link[1:]))) == view


def test_every_view_of_the_list_can_be_saved() -> None:
    assert set(STATUSES) == set(asked.TABS)
    assert set(SORTS) == set(sorting.SORTS)
    check(View.of(dict(asked.Asked("review", "level:fatal", "users", "prod", "2w", "24h").pairs())))


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (View(status="new"), "status must be one of open"),
        (View(sort="name"), "sort must be one of last_seen"),
        (View(period="0d"), "such as 24h"),
        (View(trend="x"), "such as 24h"),
        (View(query="q" * 501), "longer than 500"),
        (View(query="level:>"), "value"),
        (View(environment="a\0"), "NUL"),
    ],
    ids=["status", "sort", "period", "trend", "length", "grammar", "nul"],
)
def test_what_no_list_shows_is_refused(view: View, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        check(view)
