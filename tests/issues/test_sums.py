"""What readers say of an issue with several groupings: the sums, the distinct people, and nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest

from accounts.models import Project, User
from issues import search, tag_values
from issues.alerts.mail.summary_content import Period, of
from issues.alerts.rules import preview, spikes, subjects
from issues.alerts.rules.values import RuleValues
from issues.models import (
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    IssueText,
    ProjectHour,
)
from issues.pages import hours, tags
from issues.pages.alerts import suggestions
from issues.people import met
from issues.releases import mentioned
from issues.search import common_names
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

NOW = builders.START + timedelta(hours=2, minutes=30)
HOUR = int(NOW.timestamp()) // 3600
PERSON = 77


class Both(NamedTuple):
    """`whole` has two groupings, whose counts overlap; `other` has one."""

    whole: Issue
    other: Issue


def count(grouping: Grouping, number: int, words: str, tags: dict[str, dict[str, int]]) -> None:
    IssueHour.objects.create(grouping=grouping, hour=HOUR, count=number)
    IssueDay.objects.create(grouping=grouping, day=HOUR // 24, count=number)
    IssueText.objects.create(grouping=grouping, other=f" {words} \n")
    seen = NOW - timedelta(minutes=number)
    IssuePerson.objects.create(
        grouping=grouping,
        person=PERSON,
        event_count=number,
        first_seen=seen,
        last_seen=seen,
        last_release=f"r{number}",
    )
    for key, found in tags.items():
        IssueTagKey.objects.create(
            grouping=grouping,
            project_id=grouping.project_id,
            key=key,
            count=sum(found.values()),
            values_kept=len(found),
        )
        for value, events in found.items():
            IssueTag.objects.create(
                grouping=grouping, project_id=grouping.project_id, key=key, value=value, count=events
            )


@pytest.fixture
def both(shop: Project) -> Both:
    whole, other = builders.issue(shop, 1, last_seen=NOW), builders.issue(shop, 2, last_seen=NOW)
    count(whole.groupings.get(), 10, "alpha beta", {"release": {"1": 6, "2": 4}, "color": {"red": 1}})
    count(builders.grouping(whole), 15, "gamma delta", {"release": {"2": 7, "3": 8}})
    count(other.groupings.get(), 20, "alpha delta", {"release": {"2": 20}})
    return Both(whole, other)


def found(shop: Project, text: str) -> list[int]:
    issues = search.find(Issue.objects.filter(project=shop), text, search.Scope([shop], None, NOW)).issues
    return sorted(issues.values_list("digest_order", flat=True))


def test_searches(shop: Project, both: Both) -> None:
    assert found(shop, "alpha") == [1, 2]
    assert found(shop, "alpha gamma") == [1]
    assert found(shop, "alpha delta") == [1, 2]
    assert found(shop, "message:beta gamma") == [1]
    assert found(shop, '"beta gamma"') == []
    assert found(shop, "alpha epsilon") == []
    assert found(shop, "!gamma") == [2]
    assert found(shop, "!beta alpha") == [2]
    assert found(shop, "release:1 release:3") == [1]
    assert found(shop, "!release:1") == [2]
    assert found(shop, "!has:color") == [2]
    Grouping.objects.update(is_counted=False)
    assert found(shop, "alpha delta") == [2]


def test_names_and_values_of_a_project(shop: Project, both: Both) -> None:
    scope = search.Scope([shop], None, NOW)
    assert [(each.text, each.issues) for each in common_names.tag_values(scope, "release", "")] == [
        ("2", 2), ("1", 1), ("3", 1),
    ]  # fmt: skip
    assert tag_values.keys_of(shop) == [
        tag_values.Counted("release", 2, 45),
        tag_values.Counted("color", 1, 1),
    ]
    key = tag_values.key_of(shop, "release")
    assert key
    assert key.counted == tag_values.Counted("release", 2, 45)
    known = tag_values.Values(shop, "release")
    for by_events in (True, False):
        assert known.page(0, 5, by_events=by_events)[0] == tag_values.Counted("2", 2, 31)
    assert known.issues_of(["2"]) == {"2": [(both.other, 20), (both.whole, 11)]}
    assert known.days_of(["2", "1"], HOUR // 24) == {"2": {HOUR // 24: 45}, "1": {HOUR // 24: 10}}
    assert suggestions.of(shop).releases == ["2", "3", "1"]
    assert sorted(mentioned.issues_of(shop, "2").values_list("digest_order", flat=True)) == [1, 2]


def test_tags_of_an_issue(shop: Project, both: Both, bo: User) -> None:
    api = Caller(bo)
    release, color = tags.top(both.whole)
    assert (release.key, release.count, release.hidden, [each.value for each in release.values]) == (
        "release",
        25,
        0,
        ["2"],
    )
    assert (color.key, color.count) == ("color", 1)
    rows = tag_values.counted(both.whole.pk, tag_values.keys_of_issue(both.whole.pk).order_by("key"))
    (_, row) = tags.rows_of(both.whole, rows)
    assert [(each.value, each.count) for each in row.values] == [("2", 11), ("3", 8), ("1", 6)]
    answer = api.get(f"/api/projects/{shop.pk}/issues/{both.whole.pk}/tags?limit=1")
    assert answer["items"][0]["key"] == "color"
    answer = api.get(
        f"/api/projects/{shop.pk}/issues/{both.whole.pk}/tags?limit=1&cursor={answer['next_cursor']}"
    )
    assert (answer["items"][0]["count"], answer["items"][0]["value_count"], answer["has_more"]) == (
        25,
        3,
        False,
    )
    assert subjects.tags_of_issues([both.whole.pk], ["release"])[both.whole.pk]["release"] == ["2", "3", "1"]


def test_hours_days_and_people(shop: Project, both: Both, bo: User) -> None:
    ids = [both.whole.pk, both.other.pk]
    assert {pk: sum(each) for pk, each in hours.of_issues(ids, NOW).items()} == dict(
        zip(ids, (25, 20), strict=True)
    )
    assert {pk: each[-1] for pk, each in hours.days_of_issues(ids, NOW, 3).items()} == dict(
        zip(ids, (25, 20), strict=True)
    )
    assert hours.days_of(both.whole.pk, NOW, 2) == [0, 25]
    assert spikes.contributors(shop.pk, HOUR) == ids
    (first, second) = met.issues_of(PERSON, list(met.ids_of(shop, PERSON)))
    assert (first.issue, first.event_count, first.last_release) == (both.whole, 25, "r10")
    assert first.first_seen == NOW - timedelta(minutes=15)
    assert second.issue == both.other
    rule = RuleValues(
        name="", triggers=("escalating",), to_members=True, amount=24, minutes=60, cooldown_minutes=60
    )
    assert [each.detail for each in preview.run(shop, rule, NOW + timedelta(hours=1)).messages] == [
        "25 events in 1 h"
    ]
    ProjectHour.objects.create(project=shop, hour=HOUR, count=45)
    Issue.objects.update(created_at=NOW - timedelta(days=9))
    start = NOW - timedelta(hours=3)
    (part,) = of(bo, Period(start - timedelta(days=1), start, NOW + timedelta(hours=1)))
    assert [(each.number, each.events) for each in part.grown_issues] == [(1, 25), (2, 20)]
