from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections

from accounts.models import Membership, Project, User
from issues import bulk_actions, lifecycle
from issues.bulk_actions import actions, part, work
from issues.merging import transfer
from issues.models import Activity, AlertFact, BulkAction, Issue
from issues.record.writer import record
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown

Kind = BulkAction.Kind


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """Everything waits for `work.run`, which works in parts of two issues."""
    settings.RUN_DIR = tmp_path
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    monkeypatch.setattr(actions, "_MERGED_AT_ONCE", 0)
    for name in ("FIRST", "SMALLEST", "LARGEST"):
        monkeypatch.setattr(work, name, 2)
    monkeypatch.setattr(work, "PAUSE", 0)


def fill(project: Project, count: int = 7) -> None:
    record(project.pk, [thrown(f"E{number}") for number in range(count)], NOW)


@pytest.mark.django_db(transaction=True)
def test_it_is_done_in_parts_with_the_history_of_single_actions(shop: Project, bo: User) -> None:
    fill(shop)
    AlertFact.objects.all().delete()
    work.is_waiting()
    action = bulk_actions.begin(Issue.objects.all(), Kind.RESOLVE, bo, shop)
    assert work.is_waiting()
    assert Issue.objects.filter(status="resolved").count() == 0
    work.run()
    action.refresh_from_db()
    assert (action.state, action.done, action.changed, action.leased_until) == ("done", 7, 7, None)
    assert Activity.objects.filter(kind="resolved", user=bo).count() == 7
    # One row of what changed for each part, not for each issue.
    assert sorted(len(fact.changes) for fact in AlertFact.objects.all()) == [1, 2, 2, 2]


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_has_done_nothing_twice(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shop)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MUTE, bo, shop)
    connections.close_all()
    child = os.fork()
    if not child:
        done = []

        def kill(*given: Any) -> Any:
            done.append(given)
            if len(done) == 3:  # in the middle of the third part, before its commit
                part_done(*given)
                os.kill(os.getpid(), signal.SIGKILL)
            return part_done(*given)

        part_done = part.carry_out
        part.carry_out = kill  # type: ignore[assignment]
        work.run()
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    action.refresh_from_db()
    assert (action.done, Activity.objects.filter(kind="muted").count()) == (4, 4)
    work.run()  # the lease of the one that was killed has not ended yet
    assert BulkAction.objects.get().done == 4
    then = clock.now()
    monkeypatch.setattr(clock, "now", lambda: then + 2 * work.LEASE)
    work.run()
    action.refresh_from_db()
    assert (action.state, action.done, action.changed) == ("done", 7, 7)
    assert Activity.objects.filter(kind="muted").count() == 7


@pytest.mark.django_db
def test_rights_are_checked_when_it_is_carried_out(shop: Project, bo: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(user=bo, project=other)
    fill(shop, 3)
    fill(other, 3)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MUTE, bo, None)
    Membership.objects.filter(user=bo, project=shop).delete()
    work.run()
    action.refresh_from_db()
    assert (action.state, action.done, action.changed) == ("done", 6, 3)
    assert set(Issue.objects.filter(status="muted").values_list("project", flat=True)) == {other.pk}
    assert "may not change any more" in bulk_actions.sentence(action)
    back = bulk_actions.undo(action, bo)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    work.run()
    back.refresh_from_db()
    assert (back.done, back.changed) == (3, 0)


@pytest.mark.django_db
def test_an_assignee_who_left_gets_nothing(shop: Project, bo: User, ana: User) -> None:
    fill(shop, 3)
    action = bulk_actions.begin(Issue.objects.all(), Kind.ASSIGN, bo, shop, assignee=ana)
    User.objects.filter(pk=ana.pk).update(role="member")
    work.run()
    action.refresh_from_db()
    assert (action.done, action.changed) == (3, 0)
    assert "can only be assigned" in action.trouble


@pytest.mark.django_db
def test_issues_that_are_gone_are_counted(shop: Project, bo: User) -> None:
    fill(shop, 4)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MUTE, bo, shop)
    lifecycle.delete(Issue.objects.filter(type__in=["E0", "E2"]), None)
    work.run()
    action.refresh_from_db()
    assert (action.state, action.done, action.changed) == ("done", 4, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "state"), [(RuntimeError("x"), "stopped"), (OperationalError("x"), "running")]
)
def test_what_goes_wrong(shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch, error, state) -> None:
    """An error of ours ends it, and the person learns of it; what the database cannot do now is tried again."""
    fill(shop, 3)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MUTE, bo, shop)

    def fail(*given: Any) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(part, "carry_out", fail)
        if state == "running":
            with pytest.raises(OperationalError):
                work.run()
        else:
            work.run()
    action.refresh_from_db()
    assert (action.state, action.leased_until, action.done) == (state, None, 0)
    assert bool(action.trouble) == (state == "stopped")
    work.run()
    assert Issue.objects.filter(status="muted").count() == (3 if state == "running" else 0)


@pytest.mark.django_db
def test_a_merge_is_stopped_between_issues(shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shop, 4)
    target = Issue.objects.get(type="E0").pk
    monkeypatch.setattr(work, "SECONDS", 0)
    monkeypatch.setattr(work, "TURN_SECONDS", 0.0)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MERGE, bo, shop, target=target)
    taken = work._take(action.pk)
    assert taken
    running = work._Work(taken)
    assert running._part()
    bulk_actions.stop(action)
    running.go_on(60, pause=0)
    action.refresh_from_db()
    assert (action.state, action.done, action.changed) == ("stopped", 1, 1)
    assert Issue.everything.count() == 3
    assert Issue.objects.get(pk=target).stored_event_count == 2


@pytest.mark.django_db
def test_events_of_merged_issues_are_moved_beside_actions(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "AT_ONCE", 0)
    fill(shop, 2)
    work.is_waiting()
    action = bulk_actions.begin(
        Issue.objects.all(), Kind.MERGE, bo, shop, target=Issue.objects.earliest("pk").pk
    )
    work.finish(work._take(action.pk) or action)
    assert Issue.everything.filter(status="merging").exists()
    work.run()
    assert Issue.everything.get().events.count() == 2


@pytest.mark.django_db
def test_a_lease_of_a_wrong_clock_holds_nobody_up(shop: Project, bo: User) -> None:
    fill(shop, 2)
    action = bulk_actions.begin(Issue.objects.all(), Kind.MUTE, bo, shop)
    BulkAction.objects.update(leased_until=clock.now() + timedelta(days=900), state="running")
    work.run()
    action.refresh_from_db()
    assert action.state == "done"


def test_parts_are_as_large_as_the_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the sizes of this file
    half, long = work.SECONDS / 2, 1.0
    assert [work.next_size(size, half) for size in (50, 100, 400)] == [100, 200, 500]
    assert work.next_size(200, work.SECONDS * 2) == 100
    assert work.next_size(500, long) == 10
    # On a slow machine fewer than at first, or a digest would wait for longer.
    assert work.next_size(50, 0.06) == 12
    assert work.next_size(50, 0) == 100
