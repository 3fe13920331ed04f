"""Whatever happens in whatever order: each thing is told or counted, once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues.alerts.rules import bursts, collect, marks, volumes
from issues.models import AlertDelivery, AlertFact, AlertMark, AlertVolume, Issue, News
from tests.lib import builders
from tests.lib.alert_rules import Status, channel, collected, happens, of, rule
from tests.lib.growth import assert_linear
from tests.lib.occurrences import NOW

SECOND = timedelta(seconds=1)
TRIGGERS = [News.NEW, News.REGRESSED, News.UNMUTED, News.MONITOR_FAILED]

changes = st.tuples(
    st.integers(1, 1500),  # seconds since the one before
    st.sampled_from(TRIGGERS),
    st.integers(0, 2),  # the issue
    st.booleans(),  # whether the facts are collected after it
)


@pytest.mark.django_db
@settings(max_examples=20)
@given(
    history=st.lists(changes, min_size=1, max_size=25),
    triggers=st.sets(st.sampled_from(TRIGGERS), min_size=1),
    cooldown=st.sampled_from([0, 10, 60]),
    number=st.integers(1, 3),
)
def test_each_thing_is_told_or_counted_and_never_within_the_cooldown(
    history: list[tuple[int, News, int, bool]], triggers: set[News], cooldown: int, number: int
) -> None:
    project = Project.objects.create(name=f"P{Project.objects.count()}", slug=f"p{Project.objects.count()}")
    channels = [channel(project) for _ in range(number)]
    it = rule(project, *triggers, channels=tuple(each.pk for each in channels), cooldown_minutes=cooldown)
    issues = [builders.issue(project, each) for each in (1, 2, 3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bursts, "SINGLES", 10**6)
        now = NOW
        wanted: Counter[tuple[News, str]] = Counter()
        for seconds, news, which, collecting in history:
            now += seconds * SECOND
            detail = f"Job {which}" if news == News.MONITOR_FAILED else ""
            happens(project, now, of(news, issues[which], level=40, detail=detail))
            wanted[news, issues[which].pk.hex] += news in triggers
            if collecting:
                collected(now)
        collected(now)

    counted = Counter(dict.fromkeys(wanted, 0))
    for mark in AlertMark.objects.filter(rule=it):
        counted[News(mark.trigger), mark.subject] += mark.suppressed
    for where in channels:
        rows = list(AlertDelivery.objects.filter(channel=where).order_by("created_at"))
        for news in triggers:
            own = [row for row in rows if row.news == news]
            held_back = sum(row.facts.get("suppressed", 0) for row in own)
            silent = sum(count for (each, _), count in counted.items() if each == news)
            asked = sum(count for (each, _), count in wanted.items() if each == news)
            assert len(own) + held_back + silent == asked
            for issue in issues:
                moments = [row.created_at for row in own if row.issue == issue.pk]
                if news != News.NEW:
                    # Some microseconds keep the order of one turn.
                    assert all(
                        later - earlier > timedelta(minutes=cooldown) - SECOND
                        for earlier, later in zip(moments, moments[1:], strict=False)
                    )
    assert marks.suppressed([it])[it.pk][0] == sum(counted.values())


def _in_threads(*work: Callable[[], None]) -> None:
    errors: list[BaseException] = []

    def run(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


@pytest.mark.django_db(transaction=True)
def test_two_collectors_and_a_sender_lose_and_double_nothing(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MOST_FACTS", 3)
    rule(shop, News.NEW, channels=(channel(shop).pk, channel(shop).pk))
    made = Issue.objects.bulk_create(
        Issue(project=shop, digest_order=number, title="x", first_seen=NOW, last_seen=NOW)
        for number in range(60)
    )
    for issue in made:
        happens(shop, NOW, of(News.NEW, issue))

    def collecting() -> None:
        while AlertFact.objects.exists():
            collect.run(NOW)

    def closing() -> None:
        while AlertFact.objects.exists():
            collect.close_bursts(NOW, all=True)

    _in_threads(collecting, collecting, closing)

    rows = AlertDelivery.objects.exclude(status=Status.DROPPED)
    assert sum(row.facts.get("total", 1) for row in rows) == 2 * len(made)


@pytest.mark.django_db
def test_the_work_grows_with_the_number_of_changes(shop: Project) -> None:
    rule(shop, News.NEW, News.REGRESSED, News.ESCALATING, channels=(channel(shop).pk,), amount=10)
    made = Issue.objects.bulk_create(
        Issue(project=shop, digest_order=number, title="x", first_seen=NOW, last_seen=NOW)
        for number in range(4096)
    )

    def work(count: int) -> None:
        for start in range(0, count, 16):
            some = made[start : start + 16]
            volume = {issue.pk: (1, 1) for issue in some}
            happens(shop, NOW, *(of(News.NEW, issue, level=40) for issue in some), volume=volume)
        collected(NOW)
        AlertDelivery.objects.all().delete()

    assert_linear(lambda size: size, work, smallest=256, largest=4096)
    assert AlertVolume.objects.count() <= volumes.MOST_ISSUES


@pytest.mark.django_db
def test_a_turn_takes_a_fixed_number_of_statements(shop: Project, django_assert_max_num_queries: Any) -> None:
    for name in ("One", "Two", "Three", "Four", "Five"):
        rule(
            shop,
            News.NEW,
            News.REGRESSED,
            News.ESCALATING,
            News.SPIKE,
            name=name,
            channels=(channel(shop).pk,),
        )
    issues = [builders.issue(shop, number) for number in range(1, 101)]
    for issue in issues:
        happens(shop, NOW, of(News.REGRESSED, issue, level=40), volume={issue.pk: (1, 0)})
    with django_assert_max_num_queries(45):
        collected(NOW)
