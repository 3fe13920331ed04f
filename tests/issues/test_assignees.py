from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts import projects
from accounts.models import Membership, Project, User
from issues import assignees, facts, lifecycle
from issues.models import Activity, AlertFact, Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db
OnCommit = Callable[..., Any]


def assigned(shop: Project) -> list[str]:
    """Who has which issue of the project."""
    found = Issue.everything.filter(project=shop).order_by("digest_order")
    return [issue.assignee.email if issue.assignee else "" for issue in found]


def done() -> list[tuple[str, str, int | None]]:
    return list(Activity.objects.order_by("id").values_list("kind", "detail", "user"))


def test_who_can_be_assigned(shop: Project, bo: User, ana: User, cy: User) -> None:
    gone = User.objects.create_user("gone@example.org", "x", is_active=False)
    Membership.objects.create(user=gone, project=shop)
    Membership.objects.create(email="waits@example.org", project=shop)
    Membership.objects.create(user=ana, project=shop)
    assert [user.email for user in assignees.candidates(shop)] == ["ana@example.org", "bo@example.org"]
    assert assignees.find(shop, " BO@example.org ") == assignees.find(shop, bo.pk) == bo
    for person in (cy.pk, cy.email, gone.pk, -1, 10**30, ""):
        with pytest.raises(lifecycle.NotAMember):
            assignees.find(shop, person)
    issue = builders.issue(shop)
    for user in (cy, gone):
        with pytest.raises(lifecycle.NotAMember):
            lifecycle.assign(Issue.objects.all(), user, bo)
    issue.refresh_from_db()
    assert issue.assignee is None


def test_each_change_is_in_the_history_and_in_the_facts(shop: Project, bo: User, ana: User) -> None:
    issue, other = builders.issue(shop, 1, last_release="1.0"), builders.issue(shop, 2)
    assert lifecycle.assign(Issue.objects.all(), bo, ana) == 2
    assert lifecycle.assign(Issue.objects.all(), bo, ana) == 0
    assert lifecycle.assign(Issue.objects.filter(pk=issue.pk), ana, bo) == 1
    assert lifecycle.assign(Issue.objects.all(), None, None) == 2
    assert assigned(shop) == ["", ""]
    expected = [("assigned", "bo", ana.pk)] * 2 + [("assigned", "ana", bo.pk)]
    assert done()[:3] == expected
    assert set(done()[3:]) == {("unassigned", "ana", None), ("unassigned", "bo", None)}
    told = [facts.changes_of(fact) for fact in AlertFact.objects.order_by("pk")]
    assert [[(one.news.value, one.detail, one.by) for one in row] for row in told] == [
        [("assigned", "bo", ana.pk)] * 2, [("assigned", "ana", bo.pk)], [("assigned", "", None)] * 2,
    ]  # fmt: skip
    assert {one.issue for one in told[0]} == {issue.pk, other.pk}
    assert told[1][0].release == "1.0"


def test_statements_do_not_grow(shop: Project, bo: User, django_assert_max_num_queries: Any) -> None:
    for number in range(1, 31):
        builders.issue(shop, number)
    with django_assert_max_num_queries(11):
        assert lifecycle.assign(Issue.objects.all(), bo, bo) == 30


@pytest.fixture
def theirs(shop: Project, bo: User) -> list[Project]:
    """Two projects of Bo with an issue each that is assigned to Bo."""
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=bo, project=other)
    for project in (shop, other):
        builders.issue(project)
    lifecycle.assign(Issue.objects.all(), bo, bo)
    return [shop, other]


def test_a_member_who_is_removed_gives_the_issues_back(
    theirs: list[Project], bo: User, django_capture_on_commit_callbacks: OnCommit
) -> None:
    shop, other = theirs
    with django_capture_on_commit_callbacks(execute=True):
        projects.remove_member(shop, Membership.objects.get(project=shop).pk)
    assert (assigned(shop), assigned(other)) == ([""], ["bo@example.org"])
    assert done()[-1] == ("unassigned", "bo", None)


def test_somebody_who_is_deactivated_gives_all_back(
    theirs: list[Project], bo: User, django_capture_on_commit_callbacks: OnCommit
) -> None:
    bo.is_active = False
    with django_capture_on_commit_callbacks(execute=True):
        bo.save()
    assert [assigned(project) for project in theirs] == [[""], [""]]


def test_an_admin_of_the_installation_keeps_the_issues_until_they_are_none(
    shop: Project, ana: User, django_capture_on_commit_callbacks: OnCommit
) -> None:
    member = Membership.objects.create(user=ana, project=shop)
    builders.issue(shop)
    lifecycle.assign(Issue.objects.all(), ana, ana)
    with django_capture_on_commit_callbacks(execute=True):
        member.delete()
    assert assigned(shop) == ["ana@example.org"]
    ana.role = User.Role.MEMBER
    with django_capture_on_commit_callbacks(execute=True):
        ana.save()
    assert assigned(shop) == [""]


def test_other_changes_of_a_person_ask_nothing(
    bo: User, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        bo.save(update_fields=["last_login"])
    assert not callbacks


def test_a_project_and_a_person_can_be_deleted(
    theirs: list[Project], bo: User, django_capture_on_commit_callbacks: OnCommit
) -> None:
    shop, other = theirs
    with django_capture_on_commit_callbacks(execute=True):
        projects.delete(shop)
        bo.delete()
    assert assigned(other) == [""]
    assert not Activity.objects.filter(kind="unassigned").exists()
