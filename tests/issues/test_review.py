"""Which issues are for review, by whom and since when."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.db.models import Q
from django.test import Client

from accounts.models import Project, User
from issues import lifecycle, review
from issues.models import Issue, IssueSeen, ReviewMark
from issues.review import condition, counts, mark, mark_all, seen, undo, with_review
from rustrak.lib import clock

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def issue(project: Project, number: int, opened: timedelta = timedelta(hours=1)) -> Issue:
    at = clock.now() - opened
    return Issue.objects.create(
        project=project, digest_order=number, title=f"E{number}", first_seen=at, last_seen=at, opened_at=at
    )


def look(viewer: User, one: Issue) -> None:
    seen(viewer, with_review(Issue.objects.all(), viewer, one.project).get(pk=one.pk))


def numbers(viewer: User, project: Project | None = None) -> list[int]:
    found = Issue.objects.filter(condition(viewer, project)).values_list("digest_order", flat=True)
    # The cheaper condition of one project means the same.
    if project is None:
        of_each = [numbers(viewer, each) for each in Project.objects.all()]
        assert sorted(found) == sorted(sum(of_each, []))
    else:
        found = found.filter(project=project)
    return sorted(found)


def happens_again(one: Issue, at: datetime | None = None) -> None:
    """An event reopens it."""
    Issue.objects.filter(pk=one.pk).update(
        status="open", opened_at=at or clock.now(), regressed_at=clock.now()
    )


def test_new_issues_are_for_review_until_one_looks_at_them(bo: User, ana: User, shop: Project) -> None:
    first, second = issue(shop, 1), issue(shop, 2)
    assert numbers(bo) == [1, 2]
    look(bo, first)
    assert numbers(bo) == [2]
    assert numbers(ana) == [1, 2]
    happens_again(first)
    assert numbers(bo) == [1, 2]
    look(bo, first)
    lifecycle.resolve(Issue.objects.filter(pk=second.pk), by=bo)
    assert numbers(bo) == []


def test_the_first_look_is_at_two_weeks_and_then_nothing_leaves_by_its_age(bo: User, shop: Project) -> None:
    issue(shop, 1, 15 * DAY)
    issue(shop, 2, 13 * DAY)
    look(bo, issue(shop, 3))
    assert numbers(bo) == [2]
    # A month later.
    ReviewMark.objects.update(at=clock.now() - 44 * DAY)
    assert numbers(bo) == [1, 2]


def test_all_are_marked_as_seen_but_those_that_came_since_the_list_was_made(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    issue(shop, 1)
    issue(other, 2)
    made = clock.now()
    issue(shop, 3, timedelta(0))
    moment = mark_all(bo, [shop], made)
    assert numbers(bo) == [2, 3]
    undo(bo, moment)
    assert numbers(bo) == [1, 2, 3]
    assert not ReviewMark.objects.exists()


def test_marking_again_can_be_undone_and_does_not_go_back(bo: User, shop: Project) -> None:
    issue(shop, 1, 2 * DAY)
    first = mark_all(bo, [shop], clock.now() - DAY)
    issue(shop, 2)
    second = mark_all(bo, [shop], clock.now())
    mark_all(bo, [shop], first)
    assert numbers(bo) == []
    undo(bo, second)
    assert numbers(bo) == [2]


def test_only_what_a_search_found_is_marked(bo: User, shop: Project) -> None:
    for number in (1, 2, 3):
        issue(shop, number)
    found = Issue.objects.filter(Q(title="E1") | Q(title="E2"))
    count, moment = mark(bo, found, clock.now())
    assert (count, numbers(bo)) == (2, [3])
    assert mark(bo, found, clock.now())[0] == 0
    undo(bo, moment)
    assert numbers(bo) == [1, 2, 3]


def test_of_a_search_only_so_many_are_marked(
    bo: User, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "MOST_MARKED", 2)
    for number in (1, 2, 3):
        issue(shop, number)
    assert [mark(bo, Issue.objects.all(), clock.now())[0] for _ in range(2)] == [2, 1]


def test_a_mark_in_the_future_is_one_of_now(bo: User, shop: Project) -> None:
    mark_all(bo, [shop], clock.now() + DAY)
    issue(shop, 1, timedelta(0))
    assert numbers(bo) == [1]


def test_a_clock_that_is_ahead_keeps_no_issue_for_review(bo: User, shop: Project) -> None:
    look(bo, issue(shop, 1, -DAY))
    assert numbers(bo) == []


def test_counts_are_one_query(bo: User, shop: Project, django_assert_num_queries: object) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for number in (1, 2):
        issue(shop, number)
    issue(other, 3)
    mark_all(bo, [other], clock.now())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert counts(bo, [shop, other]) == {shop.pk: 2}


def test_looking_again_writes_nothing(bo: User, shop: Project, django_assert_num_queries: object) -> None:
    one = issue(shop, 1)
    look(bo, one)
    before = IssueSeen.objects.get().at
    (again,) = with_review(Issue.objects.all(), bo, shop)
    with django_assert_num_queries(0):  # type: ignore[operator]
        seen(bo, again)
    assert IssueSeen.objects.get().at == before


def test_opening_the_page_of_an_issue_is_looking_at_it(
    bo: User, bo_client: Client, shop: Project, django_assert_max_num_queries: object
) -> None:
    one, two = issue(shop, 1), issue(shop, 2)
    bo_client.head(f"/projects/shop/issues/{one.pk}/")
    bo_client.get("/projects/shop/issues/")
    assert numbers(bo) == [1, 2]
    assert bo_client.get(f"/projects/shop/issues/{one.pk}/").status_code == 200
    assert numbers(bo) == [2]
    with mock.patch.object(review, "_write_seen", side_effect=OperationalError("database is locked")):
        assert bo_client.get(f"/projects/shop/issues/{two.pk}/").status_code == 200
    assert numbers(bo) == [2]
