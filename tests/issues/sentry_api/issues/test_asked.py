"""issues/sentry_api/issues/asked.py"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project, Team, User
from issues import review, watching
from issues.models import Activity, Commit, Issue, Release
from issues.sentry_api.issues.asked import IssuePut, change
from issues.sentry_api.issues.named import loaded
from rustrak.lib import clock, problems
from tests.lib import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(shop: Project) -> Issue:
    return builders.issue(shop)


def ask(issue: Issue, by: User, **body: Any) -> Issue:
    change(loaded([issue]), IssuePut.model_validate(body), by)
    return loaded([issue])[0]


def test_states(bo: User, shop: Project, issue: Issue) -> None:
    Release.objects.create(project=shop, version="1.0", first_seen=clock.now())
    for body, state in (
        ({"status": "resolved", "snoozeDuration": None}, ("resolved", "now", "1.0")),
        ({"status": "unresolved"}, ("open", "", "")),
        ({"status": "resolvedInNextRelease"}, ("resolved", "next_release", "1.0")),
        ({"status": "resolved"}, ("resolved", "next_release", "1.0")),  # how it is resolved stays
        ({"status": "resolved", "statusDetails": {"inRelease": "2.0"}}, ("resolved", "in_release", "2.0")),
        ({"status": "resolved", "statusDetails": {"inRelease": "latest"}}, ("resolved", "in_release", "1.0")),
        ({"status": "ignored"}, ("muted", "", "")),
        ({"status": "unresolved"}, ("open", "", "")),
        (
            {"status": "resolved", "statusDetails": {"inNextRelease": True}},
            ("resolved", "next_release", "1.0"),
        ),
    ):
        found = ask(issue, bo, **body)
        assert (found.status, found.resolution, found.resolved_release) == state, body
    assert set(Activity.objects.values_list("user", flat=True)) == {bo.pk}
    assert watching.of_issues([issue.pk])[issue.pk] == {bo.pk}


def test_until_when_an_issue_is_archived(bo: User, issue: Issue) -> None:
    found = ask(issue, bo, status="ignored", snoozeDuration=30)
    assert found.muted_until is not None
    assert abs(found.muted_until - clock.now() - timedelta(minutes=30)) < timedelta(minutes=1)
    details = {"ignoreCount": 10, "ignoreWindow": 5, "ignoreUserCount": None}
    found = ask(issue, bo, status="ignored", statusDetails=details)
    assert (found.muted_until, found.mute_events, found.mute_minutes, found.mute_people) == (
        None,
        10,
        5,
        None,
    )
    found = ask(issue, bo, status="ignored", substatus="archived_forever", statusDetails={})
    assert (found.muted_until, found.mute_events, found.mute_people) == (None, None, None)
    found = ask(issue, bo, status="ignored", substatus="archived_until_escalating")
    assert (found.mute_events, found.mute_minutes) == (10, 60)


def test_a_commit_is_resolved_in_its_release(bo: User, shop: Project, issue: Issue) -> None:
    release = Release.objects.create(project=shop, version="1.0")
    Commit.objects.create(project=shop, release=release, sha="a" * 40)
    found = ask(issue, bo, status="resolved", statusDetails={"inCommit": {"commit": "a" * 40}})
    assert (found.resolution, found.resolved_release) == ("in_release", "1.0")
    with pytest.raises(problems.BadInput, match="no release"):
        ask(issue, bo, status="resolved", statusDetails={"inCommit": {"commit": "b" * 40}})


def test_assigning(bo: User, cy: User, shop: Project, issue: Issue) -> None:
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.add(bo)
    for named in (bo.pk, str(bo.pk), f"user:{bo.pk}", "bo@example.org", "user:bo@example.org"):
        assert ask(issue, bo, assignedTo=named).assignee == bo, named
        assert ask(issue, bo, assignedTo="").assignee is None
    for named in (f"team:{team.pk}", "team:payments", "#payments"):
        assert ask(issue, bo, assignedTo=named).assigned_team == team
        assert ask(issue, bo, assignedTo=None).assigned_team is None
    for named in (cy.pk, "cy@example.org", "nobody", "team:99", "9" * 30):
        with pytest.raises(problems.BadInput, match="assignedTo"):
            ask(issue, bo, assignedTo=named)


def test_merging_seeing_and_watching(bo: User, shop: Project, issue: Issue) -> None:
    other = builders.issue(shop, 2, event_count=5)
    ask(issue, bo, hasSeen=True, isSubscribed=True)
    assert watching.of_issues([issue.pk])[issue.pk] == {bo.pk}
    assert not Issue.objects.filter(review.condition(bo), pk=issue.pk).exists()
    change(loaded([issue, other]), IssuePut(merge=True), bo)
    assert list(Issue.objects.all()) == [other]


def test_what_is_not_possible_is_said(bo: User, shop: Project, issue: Issue) -> None:
    for body, said in (
        ({"isBookmarked": True}, "bookmarks"),
        ({"discard": True}, "fingerprint rule"),
        ({"status": "resolvedInNextRelease"}, "No release"),
        ({"status": "resolved", "statusDetails": {"inRelease": "a\nb"}}, "one line"),
        ({"status": "resolved", "statusDetails": {"inRelease": "latest"}}, "no release"),
        ({"status": "ignored", "ignoreUserCount": 10**6, "ignoreUserWindow": 5}, "at most 1,000"),
        ({"merge": True}, "two"),
    ):
        with pytest.raises(problems.BadInput, match=said):
            ask(issue, bo, **body)
    assert Issue.objects.get().status == "open"
