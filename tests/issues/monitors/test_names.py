from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Project
from issues.models import CheckIn, Issue, Monitor
from issues.monitors import names
from tests.lib.check_ins import check_in, minutes, send
from tests.lib.growth import assert_linear

# Each is one job. All but a few of them once shared the slug of another.
JOBS = [
    "nightly-report", "Nightly-Report", "NIGHTLY REPORT", "nightly_report", "nightly.report", "nightly/report",
    "nightly report", "nightly  report", "nightly:report", "(nightly) report", "nightly-report!", "кириллица", "Кириллица",
    "日本語", "ночной отчёт", "café", "cafe", "🎉", "🎉🎉", "!!!", "???", "..", "_", "-", "delete", "act", "a" * 50, "a" * 51,
    "a" * 200, "a" * 201, "a" * 5000, "a" * 4999 + "b", "\u200b", "%2F", "%252F", "nul\0l", "0", "None", "İstanbul", "straße",
]  # fmt: skip


def test_each_name_is_one_monitor(shop: Project) -> None:
    results = send(shop, *[check_in(slug=job) for job in JOBS])
    assert results == {("stored", ""): len(JOBS)}
    assert Monitor.objects.count() == len(JOBS)
    for number, job in enumerate(reversed(JOBS)):
        send(shop, check_in(slug=job, at=minutes(number)))
    assert Monitor.objects.count() == len(JOBS)
    assert CheckIn.objects.count() == 2 * len(JOBS)
    for monitor in Monitor.objects.all():
        assert reverse("monitor", args=["shop", monitor.slug])
        assert monitor.slug.isascii()
        assert len(monitor.slug) <= names.MAX_SLUG_LENGTH


def test_one_jobs_success_does_not_resolve_anothers_failure(shop: Project) -> None:
    send(shop, check_in("error", slug="db/backup"))
    send(shop, check_in("ok", minutes(1), slug="db-backup"), check_in("ok", minutes(1), slug="DB/backup"))
    issue = Issue.objects.get()
    assert (issue.title, issue.status) == ("Monitor db/backup failed", "open")
    send(shop, check_in("ok", minutes(2), slug="db/backup"))
    issue.refresh_from_db()
    assert issue.status == "resolved"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("nightly", "nightly"), ("Nightly Report", "nightly-report"), ("ночной отчёт", "nochnoy-otchet"),
        ("日本語", "ribenyu"), ("café", "cafe"), ("🎉 party", "tada-party"), ("a_b", "a_b"), ("db/backup", "dbbackup"),
    ],
)  # fmt: skip
def test_a_slug_is_readable(shop: Project, name: str, slug: str) -> None:
    send(shop, check_in(slug=name))
    monitor = Monitor.objects.get()
    assert (monitor.name, monitor.slug) == (name, slug)


def test_a_slug_stays_and_a_second_one_gets_a_hash(shop: Project) -> None:
    send(shop, check_in(slug="Nightly Report"))
    send(shop, check_in(slug="nightly-report"))
    first, second = Monitor.objects.order_by("created_at", "id")
    assert (first.name, first.slug) == ("Nightly Report", "nightly-report")
    assert second.name == "nightly-report"
    assert second.slug.startswith("nightly-report-")


def test_composed_and_decomposed_names_are_the_same(shop: Project) -> None:
    send(shop, check_in(slug="cafe\u0301"), check_in(slug="caf\u00e9 "), check_in(slug=" café"))
    assert Monitor.objects.get().name == "café"


def test_a_number_is_a_name(shop: Project) -> None:
    send(shop, check_in(slug=42), check_in(slug="42"))  # type: ignore[arg-type]
    assert Monitor.objects.get().name == "42"


def test_an_older_monitor_is_found_again_by_what_its_job_sends(shop: Project) -> None:
    older = Monitor.objects.create(project=shop, slug="nightly-report")
    send(shop, check_in(slug="Nightly Report!"))
    older.refresh_from_db()
    assert (older.slug, older.name) == ("nightly-report", "Nightly Report!")
    send(shop, check_in(slug="Nightly report"), check_in(slug="Nightly Report!"))
    assert Monitor.objects.count() == 2
    assert CheckIn.objects.filter(state__monitor=older).count() == 2


def test_a_long_name_ends_in_a_hash_of_all_of_it() -> None:
    first, second = names.name_of("x" * 10_000 + "a"), names.name_of("x" * 10_000 + "b")
    assert first != second
    assert len(first) == len(second) == names.MAX_NAME_LENGTH
    assert names.name_of("x" * 200) == "x" * 200


def test_no_slug_is_given_twice_even_when_somebody_takes_those_with_a_hash() -> None:
    taken: set[str] = set()
    for name in ("a", "A", names.slugs("A")[1], "A", "A"):
        slug = names.free_slug(name, taken)
        assert slug not in taken
        taken.add(slug)


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.text(), max_size=2))
def test_any_value_is_a_name_or_none(value: Any) -> None:
    name = names.name_of(value)
    assert name == names.name_of(name)
    assert len(name) <= names.MAX_NAME_LENGTH
    name.encode()
    if name:
        slug = names.free_slug(name, ())
        assert 0 < len(slug) <= names.MAX_SLUG_LENGTH


@pytest.mark.parametrize("part", ["a", "\u0301\u0323\u0316", "語", "🎉", " ", "-", "\ud800", "İ"])
def test_a_name_takes_time_in_proportion_to_its_length(part: str) -> None:
    def work(text: str) -> None:
        name = names.name_of(json.loads(json.dumps(text)))
        names.free_slug(name or "a", ())

    assert_linear(lambda size: part * size, work, largest=1 << 18)
