from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project, User
from issues import facts
from issues.models import Activity, AlertFact, Issue
from issues.states import moves, sentences
from issues.states.change import Mute, NotPossible, Resolve
from rustrak.lib import clock
from tests.lib import builders

HOUR = timedelta(hours=1)


def test_muted_issues_open_when_their_time_has_come(shop: Project, bo: User) -> None:
    for number in (1, 2, 3):
        builders.issue(shop, number)
    now = clock.now()
    moves.mute(Issue.objects.filter(digest_order=1), bo, Mute(until=now + HOUR, events=5))
    moves.mute(Issue.objects.filter(digest_order=2), bo, Mute(until=now + 2 * HOUR))
    moves.mute(Issue.objects.filter(digest_order=3), bo)
    assert moves.unmute_due(now) == 0
    assert moves.unmute_due(now + HOUR) == 1
    assert list(Issue.objects.order_by("digest_order").values_list("status", flat=True)) == [
        "open", "muted", "muted",
    ]  # fmt: skip
    issue = Issue.objects.get(digest_order=1)
    assert issue.opened_at > now
    assert (issue.muted_until, issue.mute_events, issue.mute_from_events) == (None, None, None)
    entry = Activity.objects.latest("id")
    assert (entry.kind, entry.user) == ("unmuted", None)
    assert sentences.sentence(entry.why) == sentences.sentence(issue.decision)
    assert sentences.sentence(entry.why).startswith("Unmuted: it was muted until ")
    told = facts.changes_of(AlertFact.objects.latest("pk"))
    assert (told[0].news.value, told[0].detail) == ("unmuted", sentences.sentence(entry.why))


def test_the_same_again_is_no_change_and_another_way_is(shop: Project, bo: User) -> None:
    builders.issue(shop, last_release="shop@2.4.0")
    issues = Issue.objects.all()
    ways = [Resolve("in_release", "shop@2.5.0"), Resolve("next_release"), Resolve()]
    for how in ways:
        assert (moves.resolve(issues, bo, how), moves.resolve(issues, bo, how)) == (1, 0)
    for mute in (Mute(events=3), Mute(), Mute(people=3, minutes=10)):
        assert (moves.mute(issues, bo, mute), moves.mute(issues, bo, mute)) == (1, 0)
    said = [sentences.sentence(why) for why in Activity.objects.order_by("id").values_list("why", flat=True)]
    assert said == [
        "Resolved in 2.5.0.", "Resolved in the release after 2.4.0.", "", "Muted until 3 more events.", "",
        "Muted until 3 users in 10 minutes.",
    ]  # fmt: skip
    assert moves.recover(issues) == 1
    assert moves.recover(issues) == 0
    issue = Issue.objects.get()
    assert (issue.resolution, issue.resolved_release, issue.resolved_at, issue.mute_people) == (
        "now",
        "",
        None,
        None,
    )


def test_every_column_of_a_state_is_put_back(shop: Project, bo: User) -> None:
    builders.issue(shop, 1, last_release="1.0")
    builders.issue(shop, 2, event_count=4, user_count=2)
    moves.resolve(Issue.objects.filter(digest_order=1), bo, Resolve("next_release"))
    moves.mute(Issue.objects.filter(digest_order=2), bo, Mute(clock.now() + HOUR, 5, 6))
    before = list(Issue.objects.order_by("pk").values(*moves.COLUMNS))
    kept = moves.kept(Issue.objects.all())
    moves.resolve(Issue.objects.all(), bo)
    assert moves.put_back(shop.pk, kept, bo) == 2
    assert list(Issue.objects.order_by("pk").values(*moves.COLUMNS)) == before
    assert moves.put_back(shop.pk, kept, bo) == 0


def test_what_an_earlier_version_kept_is_put_back(shop: Project, bo: User) -> None:
    issue = builders.issue(shop)
    assert moves.put_back(shop.pk, {issue.pk: {"status": "resolved", "resolved_at": None}}, bo) == 1
    assert Issue.objects.values_list("status", "resolution").get() == ("resolved", "now")


def test_there_is_no_next_release_where_none_is_known(shop: Project, bo: User) -> None:
    builders.issue(shop)
    with pytest.raises(NotPossible, match="No release of this project is known"):
        moves.resolve(Issue.objects.all(), bo, Resolve("next_release"))
    with pytest.raises(NotPossible):
        moves.check(Resolve("next_release"), [shop.pk])
    assert Issue.objects.get().status == "open"
