from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import GroupingMechanism, Project
from issues import look_alikes, remapping
from issues.models import Event, Grouping, Issue, IssueText, Remapping
from issues.payload import fingerprint
from issues.record.writer import record
from issues.remapping import work
from issues.symbols.answers import Unavailable
from rustrak.lib import clock
from tests.lib.mapping import Uploads, browser_event, original
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db

RELEASE = "shop@2.0.0"


def _sent(column: int, **over: Any) -> dict[str, Any]:
    return browser_event((1, column), **over)


def _store(shop: Project, *events: dict[str, Any]) -> None:
    record(shop.pk, [occurrence(event) for event in events], NOW)


def _upload(shop: Project, uploads: Uploads, *columns: int) -> None:
    uploads.add_script(shop.pk, {(1, column): original(12) for column in columns})
    Project.objects.filter(pk=shop.pk).update(artifacts_version=1)
    shop.refresh_from_db()


def test_issues_get_their_names_from_maps_that_came_later(shop: Project, uploads: Uploads) -> None:
    other = _sent(30, release="shop@1.0.0", transaction="/other")
    _store(shop, _sent(10, transaction=None), other)
    stored = bytes(Event.objects.get(release=RELEASE).payload)
    before = Issue.objects.get(last_release=RELEASE)
    assert before.culprit == "https://shop.example.com/static/app.js in e"
    _upload(shop, uploads, 10, 30)
    words = IssueText.objects.get(grouping__issue=before)

    job = remapping.finish(remapping.ask(shop, RELEASE))

    assert (job.state, job.total, job.done, job.changed, job.trouble) == ("done", 1, 1, 1, "")
    after = Issue.objects.get(pk=before.pk)
    assert (after.culprit, after.title) == ("src/cart.ts in total", before.title)
    assert "total" in IssueText.objects.get(pk=words.pk).functions
    hashed = fingerprint.key_hash("[smart 1] RangeError ⋄ too few ⋄ in cart.total")
    assert Grouping.objects.get(issue=after).smart_hash == hashed
    assert bytes(Event.objects.get(release=RELEASE).payload) == stored
    assert Grouping.objects.exclude(issue=after).get().smart_hash != hashed

    again = remapping.finish(remapping.ask(shop, RELEASE))
    assert (again.state, again.done, again.changed) == ("done", 1, 0)


def test_issues_that_are_the_same_look_alike_and_stay_two(shop: Project, uploads: Uploads) -> None:
    shop.grouping = GroupingMechanism.SMART
    shop.save()
    far = browser_event((1, 10))
    near = browser_event((1, 20))
    for event, name in ((far, "checkout_a"), (near, "checkout_b")):
        event["exception"]["values"][0]["stacktrace"]["frames"][0]["function"] = name
    _store(shop, far, near)
    one, two = Issue.objects.order_by("digest_order")
    assert look_alikes.of_issue(one, 5) == []
    _upload(shop, uploads, 10, 20)
    remapping.finish(remapping.ask(shop, RELEASE))
    assert look_alikes.of_issue(one, 5) == [two]
    # New events of either find the first.
    bound = Grouping.objects.get(key="[smart 1] RangeError ⋄ too few ⋄ in cart.total")
    assert (bound.issue_id, bound.is_counted) == (one.pk, True)


def test_what_a_person_or_another_event_gave_stays(shop: Project, uploads: Uploads) -> None:
    _store(shop, _sent(10))
    Issue.objects.update(culprit="somewhere else")
    _upload(shop, uploads, 10)
    remapping.finish(remapping.ask(shop, RELEASE))
    assert Issue.objects.get().culprit == "somewhere else"


def test_one_job_at_a_time(shop: Project, uploads: Uploads) -> None:
    _store(shop, _sent(10))
    with pytest.raises(remapping.NotPossible, match="Nothing was uploaded"):
        remapping.ask(shop, RELEASE)
    _upload(shop, uploads, 10)
    with pytest.raises(remapping.NotPossible, match="No issue"):
        remapping.ask(shop, "shop@9")
    job = remapping.ask(shop, RELEASE)
    assert remapping.ask(shop, RELEASE) == job
    remapping.stop(job)
    remapping.run()
    job.refresh_from_db()
    assert (job.state, job.done) == ("stopped", 0)
    assert remapping.ask(shop, RELEASE) != job


def test_it_goes_on_where_a_process_was_killed(
    shop: Project, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [
        _sent(column, exception=[{**_sent(column)["exception"]["values"][0], "type": f"E{column}"}])
        for column in range(1, 8)
    ]
    _store(shop, *events)
    _upload(shop, uploads, *range(1, 8))
    monkeypatch.setattr(work, "TOGETHER", 3)
    job = remapping.ask(shop, RELEASE)

    def die(*arguments: object) -> None:
        raise SystemExit

    monkeypatch.setattr(work.time, "sleep", die)
    with pytest.raises(SystemExit):
        remapping.run()
    monkeypatch.setattr(work.time, "sleep", lambda seconds: None)
    job.refresh_from_db()
    assert (job.state, job.done) == ("running", 3)
    # As if it had had no time to give its lease back.
    Remapping.objects.update(leased_until=clock.now() + timedelta(seconds=5))
    remapping.run()
    assert Remapping.objects.get().done == 3
    Remapping.objects.update(leased_until=clock.now() - timedelta(seconds=1))
    remapping.run()
    job.refresh_from_db()
    assert (job.state, job.done, job.changed) == ("done", 7, 7)


def test_maps_that_cannot_be_read_now_stop_it_with_the_reason(shop: Project, uploads: Uploads) -> None:
    _store(shop, _sent(10))
    _upload(shop, uploads, 10)
    uploads.failing = Unavailable("the child does not answer")
    job = remapping.finish(remapping.ask(shop, RELEASE))
    assert job.state == "stopped"
    assert "the child does not answer" in job.trouble
    assert Issue.objects.get().culprit == "https://shop.example.com/static/app.js in e"


def test_the_command(shop: Project, uploads: Uploads) -> None:
    _store(shop, _sent(10))
    with pytest.raises(CommandError, match="no project"):
        call_command("remap", "nowhere", RELEASE)
    with pytest.raises(CommandError, match="Nothing was uploaded"):
        call_command("remap", "shop", RELEASE)
    _upload(shop, uploads, 10)
    out = StringIO()
    call_command("remap", "shop", RELEASE, stdout=out)
    assert out.getvalue() == "1 of 1 issues\n1 of 1 issue changed.\n"
