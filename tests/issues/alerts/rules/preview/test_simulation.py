"""A preview counts as the rules do."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues.alerts.rules import collect
from issues.alerts.rules.matching import About
from issues.alerts.rules.preview.happened import Happened
from issues.alerts.rules.preview.simulation import told
from issues.facts import Change
from issues.models import AlertDelivery, Issue, News
from tests.lib import builders
from tests.lib.alert_rules import Status, channel, collected, happens, rule
from tests.lib.growth import assert_linear
from tests.lib.occurrences import NOW

SECOND = timedelta(seconds=1)


def thing(seconds: float, subject: str = "a", news: News = News.REGRESSED) -> Happened:
    return Happened(NOW + seconds * SECOND, news, subject, None, About(40))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20_000), st.sampled_from("abc"), st.sampled_from([News.REGRESSED, News.UNMUTED])
        )
    ),
    st.integers(0, 120),
)
def test_everything_is_told_or_counted_and_the_cooldown_is_kept(
    things: list[tuple[int, str, News]], cooldown: int
) -> None:
    messages, suppressed = told([thing(*each) for each in things], cooldown)
    loud = [each for message in messages for each in message.about]
    assert len(loud) + suppressed == len(things)
    by_key: dict[tuple[str, News], list[Happened]] = {}
    for each in sorted(loud, key=lambda each: each.at):
        by_key.setdefault((each.subject, each.news), []).append(each)
    for own in by_key.values():
        assert all(b.at - a.at >= timedelta(minutes=cooldown) for a, b in zip(own, own[1:], strict=False))
    singles = [message for message in messages if len(message.about) == 1]
    for message in singles:
        near = [each for each in singles if timedelta(0) <= message.at - each.at < timedelta(minutes=1)]
        assert len(near) <= 6


def test_only_the_failure_of_a_monitor_and_its_issue_are_one_message() -> None:
    issue = uuid4()

    def of_issue(seconds: float, news: News) -> Happened:
        return Happened(NOW + seconds * SECOND, news, news.value, issue, About(40))

    def news(*happened: Happened) -> list[News]:
        return [each.news for message in told(happened, 0)[0] for each in message.about]

    assert news(of_issue(0, News.MONITOR_FAILED), of_issue(1, News.NEW)) == [News.MONITOR_FAILED]
    assert news(of_issue(0, News.REGRESSED), of_issue(1, News.MONITOR_FAILED)) == [News.MONITOR_FAILED]
    for pair in ((News.NEW, News.REGRESSED), (News.MONITOR_FAILED, News.MONITOR_RECOVERED)):
        assert news(of_issue(0, pair[0]), of_issue(10, pair[1])) == list(pair)


def test_it_takes_time_in_proportion() -> None:
    def make(size: int) -> list[Happened]:
        return [
            Happened(NOW + (number // 3) * SECOND, News(["new", "regressed", "monitor_failed"][number % 3]), str(number), Issue().pk, About(40))
            for number in range(size)
        ]  # fmt: skip

    assert_linear(make, lambda things: told(things, 60), largest=1 << 13)


@pytest.mark.django_db
@settings(max_examples=5)
@given(st.data())
def test_it_agrees_with_the_rules(data: st.DataObject) -> None:
    project = Project.objects.create(name=f"P{Project.objects.count()}", slug=f"p{Project.objects.count()}")
    cooldown = data.draw(st.sampled_from([0, 30]))
    rule(project, News.REGRESSED, channels=(channel(project).pk,), cooldown_minutes=cooldown)
    issues = [builders.issue(project, number) for number in (1, 2, 3)]
    moments = sorted(data.draw(st.lists(st.integers(0, 60), min_size=1, max_size=30)))
    history = [(10 * moment, data.draw(st.sampled_from(issues))) for moment in moments]
    for seconds, issue in history:
        at = NOW + seconds * SECOND
        collect.close_bursts(at)
        # Sent at once, unless several happen at the same moment.
        AlertDelivery.objects.filter(
            project=project, created_at__lt=at - SECOND, status=Status.WAITING
        ).update(status=Status.SENT)
        happens(project, at, Change(News.REGRESSED, issue.pk, uuid4(), 40))
        collected(at)
    collect.close_bursts(NOW, all=True)

    messages, _ = told([thing(seconds, issue.pk.hex) for seconds, issue in history], cooldown)

    rows = AlertDelivery.objects.filter(project=project).exclude(status=Status.DROPPED)
    totals = sorted(row.facts.get("total", 1) if row.news == "burst" else 1 for row in rows)
    assert totals == sorted(len(message.about) for message in messages)
