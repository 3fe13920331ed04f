from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import projects, teams
from accounts.models import Project, User
from issues import search
from issues.models import Attachment, Issue, IssueWatch, Monitor, UserReport
from issues.record.writer import record
from issues.search import Scope
from tests.lib import builders
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def found(scope: Scope, text: str) -> list[str]:
    """The titles of what is found, in the order of their numbers."""
    issues = Issue.objects.filter(project__in=scope.projects)
    answer = search.find(issues, text, scope)
    assert not answer.mistakes, (text, answer.mistakes)
    return list(answer.issues.order_by("project", "digest_order").values_list("title", flat=True))


def mistakes(scope: Scope, text: str) -> list[tuple[str, tuple[str, ...]]]:
    answer = search.find(Issue.objects.all(), text, scope)
    assert not answer.issues.exists()
    return [(text[each.place.start : each.place.end], each.suggestions) for each in answer.mistakes]


def test_projects_are_called_by_slug_name_id_and_former_slug(shop: Project, ana: User) -> None:
    other = Project.objects.create(name="Müller & Co", slug="other")
    projects.rename(other, slug="mueller")
    other.refresh_from_db()
    for project in (shop, other):
        builders.issue(project, title=project.slug)
    scope = Scope([shop, other], ana, NOW)
    for text in (
        "project:mueller",
        'project:"MÜLLER & co"',
        f"project:{other.pk}",
        "project:other",
        "project:m*",
        "-project:shop",
    ):
        assert found(scope, text) == ["mueller"], text
    assert found(scope, "project:[shop,mueller]") == ["shop", "mueller"]
    assert mistakes(scope, "is:open -project:mueler") == [("-project:mueler", ("-project:mueller",))]
    # What one does not see is not told apart from what does not exist.
    assert mistakes(Scope([shop], ana, NOW), "project:mueller") == [("project:mueller", ())]


def test_assignees(shop: Project, ana: User, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(name="Bo Ødegård")
    for number, (title, assignee) in enumerate([("ana", ana), ("bo", bo), ("nobody", None)], 1):
        builders.issue(shop, number, title=title, assignee=assignee)
    team = teams.create("Search", by=ana, members=[ana])
    builders.issue(shop, 4, title="search", assigned_team=team)
    IssueWatch.objects.create(issue=Issue.objects.get(title="bo"), user=ana)
    IssueWatch.objects.create(issue=Issue.objects.get(title="ana"), user=ana, is_watching=False)
    scope = Scope([shop], ana, NOW)
    for text, expected in {
        "assigned:me": ["ana"],
        "assigned:bo": ["bo"],
        "assigned:ØDEGÅRD": ["bo"],
        'assignee:"bo ødegård"': ["bo"],
        "assigned:BO@example.org": ["bo"],
        "assigned:*@example.org": ["ana", "bo"],
        "assigned:team": ["search"],
        "assigned:#search": ["search"],
        "assigned:[#search,bo]": ["bo", "search"],
        "assigned:my_teams": ["search"],
        "assigned:anybody": ["ana", "bo", "search"],
        "is:assigned": ["ana", "bo", "search"],
        "watching:me": ["bo"],
        "is:watched": ["bo"],
        "watching:bo": [],
        "assigned:[me,none]": ["ana", "nobody"],
        "-assigned:me": ["bo", "nobody", "search"],
        "is:unassigned": ["nobody"],
        "assigned:x*": [],
    }.items():
        assert found(scope, text) == expected, text
    assert mistakes(scope, "assigned:[bo,anaa]") == [("assigned:[bo,anaa]", ("assigned:[bo,ana]",))]
    assert mistakes(scope, "assigned:#serch") == [("assigned:#serch", ("assigned:#search",))]
    for text in ("assigned:me", "assigned:my_teams", "watching:me", "is:watched", "is:for_review"):
        assert mistakes(Scope([shop], None, NOW), text) == [(text, ())]


def test_monitors_are_called_by_slug_and_name(shop: Project, ana: User) -> None:
    Monitor.objects.create(project=shop, slug="nightly", name="Nightly backup")
    tags = [{"monitor.slug": "nightly"}, {"color": "red"}]
    record(
        shop.pk,
        [occurrence({"message": f"M{number}", "tags": each}) for number, each in enumerate(tags)],
        NOW,
    )
    scope = Scope([shop], ana, NOW)
    for text in ("monitor:nightly", 'monitor:"nightly BACKUP"', "monitor.slug:night*"):
        assert found(scope, text) == ["M0"], text
    assert found(scope, "-monitor:nightly") == ["M1"]
    assert mistakes(scope, "monitor:nigtly") == [("monitor:nigtly", ("monitor:nightly",))]


def test_attachments_feedback_and_other_parts(shop: Project, ana: User) -> None:
    made = [builders.issue(shop, number, title=str(number)) for number in (1, 2, 3)]
    events = [builders.event(issue) for issue in made]
    Attachment.objects.create(
        project=shop,
        event_id=events[0].event_id,
        name="a",
        kind="event.attachment",
        size=1,
        file="f",
        ingested_at=NOW,
    )
    UserReport.objects.create(
        project=shop,
        report_id=events[1].event_id,
        event_id=events[1].event_id,
        comments="c",
        source="user_report",
        ingested_at=NOW,
    )
    UserReport.objects.create(
        project=shop, report_id=events[2].pk, event_id=None, comments="c", source="feedback", ingested_at=NOW
    )
    scope = Scope([shop], ana, NOW)
    assert found(scope, "has:attachment") == ["1"]
    assert found(scope, "has:feedback") == ["2"]
    assert found(scope, "-has:[attachment,feedback]") == ["3"]
    assert found(scope, "has:stacktrace") == found(scope, "has:user") == []


def test_the_latest_release_is_that_of_the_highest_version_or_of_the_latest_first_sign(
    shop: Project, ana: User
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    versions = ["app@1.10.0", "app@1.9.0", "web@1.0", "nightly"]
    hashes = ["fffff", "00000", "aaaaa"]
    for project, names in ((shop, versions), (other, hashes)):
        for number, name in enumerate(names):
            at = (NOW - (9 - number) * HOUR).timestamp()
            record(project.pk, [occurrence({"message": name, "release": name, "timestamp": at})], NOW)
    scope = Scope([shop, other], ana, NOW)
    assert (
        found(scope, "release:latest")
        == found(scope, "first-release:latest")
        == ["app@1.10.0", "web@1.0", "aaaaa"]
    )
    assert found(scope, "release:>=1.9") == ["app@1.10.0", "app@1.9.0"]
    assert found(scope, "release:<web@2") == ["web@1.0"]
    assert found(scope, "-first-release:[>0,fffff]") == ["nightly", "00000", "aaaaa"]
    assert mistakes(scope, "release:>=fffff") == [("release:>=fffff", ())]


def test_states_follow_what_the_list_shows(shop: Project, ana: User) -> None:
    builders.issue(shop, 1, title="new", first_seen=NOW - HOUR, last_seen=NOW)
    builders.issue(shop, 2, title="back", first_seen=NOW - HOUR, last_seen=NOW, regressed_at=NOW)
    builders.issue(shop, 3, title="muted", first_seen=NOW - HOUR, last_seen=NOW, status="muted")
    builders.issue(shop, 4, title="old", first_seen=NOW - 25 * HOUR, last_seen=NOW)
    scope = Scope([shop], ana, NOW)
    assert found(scope, "is:new") == ["new"]
    assert found(scope, "is:regressed") == ["back"]
    assert found(scope, "is:ignored") == ["muted"]
    assert found(scope, "first-seen:<24h -is:new") == ["back", "muted"]
    assert search.by_status(shop.issues.all()) == {"open": 3, "muted": 1}
