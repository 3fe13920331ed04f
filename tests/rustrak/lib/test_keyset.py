from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Project
from issues.models import Issue
from rustrak.lib.cursor import encode
from rustrak.lib.keyset import BadCursor, page

DAY = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def add(shop: Project, number: int, *, day: int, events: int = 0) -> Issue:
    seen = DAY + timedelta(days=day)
    return Issue.objects.create(
        project=shop, digest_order=number, title="T", first_seen=DAY, last_seen=seen, event_count=events
    )


@pytest.fixture
def issues(shop: Project) -> list[Issue]:
    return [add(shop, number, day=number % 3, events=number % 2) for number in range(1, 12)]


def walk(fields: list[str], *, descending: bool, limit: int) -> list[Issue]:
    seen: list[Issue] = []
    cursor = None
    while True:
        found = page(Issue.objects.all(), fields, descending=descending, cursor=cursor, limit=limit)
        seen += found.items
        assert found.has_more == (found.next_cursor is not None)
        if not found.has_more:
            return seen
        assert len(found.items) == limit
        cursor = found.next_cursor


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 5, 11, 12])
@pytest.mark.parametrize(
    "fields", [["last_seen", "id"], ["event_count", "id"], ["digest_order"], ["title", "id"]]
)
def test_pages_put_together_are_the_whole_list(
    issues: list[Issue], fields: list[str], limit: int, descending: bool
) -> None:
    order = [f"-{name}" if descending else name for name in fields]
    assert walk(fields, descending=descending, limit=limit) == list(Issue.objects.order_by(*order))


def test_a_full_last_page_has_no_next(issues: list[Issue]) -> None:
    found = page(Issue.objects.all(), ["id"], descending=False, cursor=None, limit=len(issues))
    assert (len(found.items), found.next_cursor, found.has_more) == (11, None, False)


def test_a_row_added_at_the_front_does_not_move_the_next_page(shop: Project, issues: list[Issue]) -> None:
    fields = ["last_seen", "id"]
    whole = list(Issue.objects.order_by("-last_seen", "-id"))
    first = page(Issue.objects.all(), fields, descending=True, cursor=None, limit=4)
    add(shop, 12, day=2)
    second = page(Issue.objects.all(), fields, descending=True, cursor=first.next_cursor, limit=20)
    assert first.items + second.items == whole


def test_a_cursor_of_another_order_is_refused(issues: list[Issue]) -> None:
    text = page(Issue.objects.all(), ["last_seen", "id"], descending=True, cursor=None, limit=2).next_cursor
    for fields, descending in (
        (["last_seen", "id"], False),
        (["first_seen", "id"], True),
        (["last_seen"], True),
    ):
        with pytest.raises(BadCursor):
            page(Issue.objects.all(), fields, descending=descending, cursor=text, limit=2)


@pytest.mark.parametrize(
    "values",
    [
        ("-last_seen,id",),
        ("-last_seen,id", "2026-03-01T12:00:00Z"),
        ("-last_seen,id", "yesterday", "0" * 32),
        ("-last_seen,id", "2026-13-41T12:00:00Z", "0" * 32),
        ("-last_seen,id", "0001-01-01T00:00:00+23:00", "0" * 32),
        ("-last_seen,id", 7, "0" * 32),
        ("-last_seen,id", "2026-03-01T12:00:00Z", 7),
        ("-last_seen,id", "2026-03-01T12:00:00Z", "no uuid"),
        (7, "2026-03-01T12:00:00Z", "0" * 32),
        (),
    ],
)
def test_values_that_do_not_fit_the_columns_are_refused(
    issues: list[Issue], values: tuple[str | int, ...]
) -> None:
    with pytest.raises(BadCursor):
        page(Issue.objects.all(), ["last_seen", "id"], descending=True, cursor=encode(values), limit=2)


def test_the_largest_integers_are_compared_and_not_refused(issues: list[Issue]) -> None:
    for number in (-(2**63), 2**63 - 1):
        found = page(
            Issue.objects.all(),
            ["digest_order"],
            descending=False,
            cursor=encode(("+digest_order", number)),
            limit=20,
        )
        assert len(found.items) == (11 if number < 0 else 0)
