from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from issues import usage
from issues.models import Event, Issue, IssuePerson, IssueText, Usage
from issues.record.words import issue_text
from issues.record.writer import record
from issues.reindex import run, stored
from issues.search import text_index
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(run, "_PAUSE", 0)
    issue_text.forget()


@pytest.fixture
def old(shop):
    """Three issues of four events each, as they were before there was an index."""
    for number in range(12):
        user = {"id": str(number % 2), "email": f"u{number % 2}@example.org"}
        event = thrown(f"Kind{number % 3}", tags={"city": f"Ulm{number}"}, user=user, release=f"1.{number}")
        record(shop.pk, [event], NOW)
    _forget_everything(shop)
    return shop


def _forget_everything(project):
    IssueText.objects.all().delete()
    IssuePerson.objects.update(event_count=0, first_seen=None, last_seen=None, last_release="")
    Issue.objects.update(trend=0, usual=0)
    Project.objects.filter(pk=project.pk).update(is_indexed=False)
    issue_text.forget()


def rows():
    texts = IssueText.objects.order_by("grouping__issue").values_list(
        "grouping__issue", "is_complete", "is_full", *issue_text.COLUMNS
    )
    people = IssuePerson.objects.order_by("grouping__issue", "person").values_list(
        "grouping__issue", "person", "event_count", "last_release"
    )
    return (
        [(*row[:3], *(frozenset(column.split("\n")) for column in row[3:])) for row in texts],
        list(people),
        [
            round(value, 6)
            for pair in Issue.objects.order_by("pk").values_list("trend", "usual")
            for value in pair
        ],
    )


def found(*words):
    return Issue.objects.filter(text_index.condition(words, prefix=False)).count()


def test_what_is_stored_is_indexed_as_if_it_had_come_now(shop):
    for number in range(12):
        user = {"id": str(number % 2)}
        record(shop.pk, [thrown(f"Kind{number % 3}", tags={"city": f"Ulm{number}"}, user=user)], NOW)
    expected = rows()
    _forget_everything(shop)
    assert not found("kind2")
    told = []
    assert run.run(told.append)
    assert rows() == expected
    assert [(each.done, each.total) for each in (told[0], told[-1])] == [(0, 3), (3, 3)]
    shop.refresh_from_db()
    assert shop.is_indexed
    usage.recount(shop.pk, clock.now())
    counted = Usage.objects.get(pk=shop.pk).issue_bytes
    run.forget([shop])
    assert run.run(told.append)
    assert rows() == expected
    assert Usage.objects.get(pk=shop.pk).issue_bytes == counted


def test_it_goes_on_where_it_was_interrupted(old, monkeypatch):
    index, times = stored.index, []

    def interrupted(issue, now):
        times.append(issue.pk)
        if len(times) == 2:
            raise KeyboardInterrupt
        index(issue, now)

    monkeypatch.setattr(stored, "index", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.run(lambda progress: None)
    [progress] = run.progress()
    assert (progress.done, progress.total) == (1, 3)
    assert run.run(lambda progress: None)
    assert len(times) == 2 + 2
    assert run.progress() == []


def test_only_for_so_long(old):
    assert not run.run(lambda progress: None, seconds=0)
    assert [(each.done, each.total) for each in run.progress()] == [(0, 3)]


def test_events_that_arrive_meanwhile_are_kept(old):
    record(old.pk, [thrown("Kind0", tags={"city": "Bonn"}), thrown("New")], NOW)
    assert found("bonn") == found("new") == 1
    assert [(each.done, each.total) for each in run.progress()] == [(1, 4)]
    assert run.run(lambda progress: None)
    assert found("bonn") == 1
    assert found("ulm3") == 1


def test_an_issue_without_events_is_found_by_its_own_row(old):
    Event.objects.all().delete()
    assert run.run(lambda progress: None)
    assert found("kind1", "ulm1") == 1


def test_an_event_that_cannot_be_read_is_left_out(old, caplog):
    Event.objects.filter(issue__type="Kind0").update(payload=b"\xff\xff")
    assert run.run(lambda progress: None)
    assert found("kind0") == 1
    assert "cannot be read" in caplog.text


def test_an_issue_that_is_deleted_meanwhile_is_left_out(old, monkeypatch):
    victim = Issue.objects.first()
    events = stored._events

    def deleting(issue):
        yield from events(issue)
        Issue.objects.filter(pk=victim.pk).update(status=Issue.Status.DELETING)

    monkeypatch.setattr(stored, "_events", deleting)
    assert run.run(lambda progress: None)
    assert not IssueText.objects.filter(grouping__issue=victim).exists()


def test_nothing_to_do_costs_one_query(shop):
    with CaptureQueriesContext(connection) as queries:
        assert run.run(lambda progress: None)
    assert len(queries) == 1


def test_the_command_tells_how_far_it_is(old):
    out = StringIO()
    call_command("reindex", stdout=out)
    assert out.getvalue().splitlines() == [
        "shop: 0 of 3 issues",
        "shop: 3 of 3 issues",
        "All issues are indexed.",
    ]
    out = StringIO()
    call_command("reindex", "--all", "--project", "shop", stdout=out)
    assert "shop: 3 of 3 issues" in out.getvalue()
    with pytest.raises(CommandError, match="no project"):
        call_command("reindex", "--project", "nothing")
