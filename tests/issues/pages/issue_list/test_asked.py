from __future__ import annotations

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from issues.pages.issue_list.asked import TABS, Asked, address, read
from issues.pages.issue_list.sorting import SORTS


def test_unknown_values_are_replaced_by_the_default() -> None:
    sent = QueryDict("status=x&sort=y&period=1y&trend=z&environment=+prod%00+&q=+a%00b+")
    assert read(sent) == Asked(environment="prod", q="ab")


@given(
    st.builds(
        Asked,
        status=st.sampled_from(sorted(TABS)),
        q=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(str.strip),
        sort=st.sampled_from(sorted(SORTS)),
        environment=st.text("ab &=?#%", max_size=10).map(str.strip),
        period=st.sampled_from(["", "24h", "3w"]),
        trend=st.sampled_from(["", "14d"]),
    )
)
def test_a_view_is_read_from_its_link(asked: Asked) -> None:
    assert read(QueryDict(asked.link()[1:])) == asked
    assert read(QueryDict(address("/issues/", asked, QueryDict("cursor=abc")).partition("?")[2])) == asked


def test_the_trend_is_that_of_the_period_or_of_a_day() -> None:
    assert Asked().chart.name == "24h"
    assert Asked(period="30d").chart.name == "30d"
    assert Asked(period="30d", trend="14d").chart.name == "14d"


def test_a_link_keeps_the_rest_and_forgets_the_page() -> None:
    assert Asked(q="a b", period="14d").link(status="muted") == "?status=muted&q=a+b&period=14d"
    assert address("/issues/", Asked(), QueryDict("cursor=abc&junk=1")) == "/issues/?status=open&cursor=abc"
    assert address("/issues/", Asked(), QueryDict("cursor=" + "a" * 500)) == "/issues/?status=open"


def test_every_order_can_be_turned_round() -> None:
    for name, sort in SORTS.items():
        other = SORTS[sort.opposite]
        assert other.opposite == sort.name == name
        assert (other.fields, other.descending) == (sort.fields, not sort.descending)
        assert len(name) <= 20
