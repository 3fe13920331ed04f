from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Membership, Project, User
from issues import bulk_actions, lifecycle
from issues.bulk_actions import actions, work
from issues.models import Activity, BulkAction, BulkChange, Event, Grouping, Issue, IssueQuerySet, MergedIssue
from issues.record.writer import record
from issues.retention import deletion
from issues.states.change import Mute, Resolve
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown

Kind = BulkAction.Kind
pytestmark = pytest.mark.django_db


@pytest.fixture
def three(shop: Project, bo: User) -> list[Issue]:
    """One open, one resolved, one muted."""
    record(shop.pk, [thrown(kind) for kind in ("Open", "Resolved", "Muted")], NOW)
    Issue.objects.filter(type="Resolved").update(status="resolved", resolution="now", resolved_at=NOW)
    Issue.objects.filter(type="Muted").update(status="muted")
    return list(Issue.objects.order_by("digest_order"))


def states() -> list[str]:
    return list(Issue.objects.order_by("digest_order").values_list("status", flat=True))


def all_issues() -> IssueQuerySet:
    rows: IssueQuerySet = Issue.objects.all()
    return rows


@pytest.mark.parametrize(
    ("kind", "changed", "after", "said"),
    [
        (Kind.RESOLVE, 2, ["resolved"] * 3, "2 issues resolved. 1 was in this state already, or is gone."),
        (Kind.REOPEN, 1, ["open", "open", "muted"], "1 issue reopened. 2 were in"),
        (Kind.MUTE, 2, ["muted"] * 3, "2 issues muted."),
        (Kind.UNMUTE, 1, ["open", "resolved", "open"], "1 issue unmuted."),
    ],
)
def test_a_change_of_state_and_its_undo(three, shop, bo, kind, changed, after, said) -> None:
    action = bulk_actions.begin(all_issues(), kind, bo, shop)
    assert (action.state, action.total, action.done, action.changed) == ("done", 3, 3, changed)
    assert states() == after
    assert bulk_actions.sentence(action).startswith(said)
    back = bulk_actions.undo(action, bo)
    assert states() == ["open", "resolved", "muted"]
    assert Issue.objects.get(type="Resolved").resolved_at == NOW
    assert (back.state, back.changed) == ("done", changed)
    assert bulk_actions.sentence(back).startswith("Undone: ")
    # The undoing is in the history as an action of its own.
    assert Activity.objects.filter(user=bo).count() == 2 * changed
    with pytest.raises(ValueError, match="undone already"):
        bulk_actions.undo(action, bo)
    with pytest.raises(ValueError, match="cannot be undone"):
        bulk_actions.undo(back, bo)


def test_who_says_no_condition_keeps_those_that_issues_have(
    three: list[Issue], shop: Project, bo: User
) -> None:
    Issue.objects.filter(type="Resolved").update(resolution="in_release", resolved_release="4.1.0")
    Issue.objects.filter(type="Muted").update(mute_events=5)
    resolved = Issue.objects.filter(type="Resolved")
    assert [bulk_actions.begin(all_issues(), kind, bo, shop).state for kind in (Kind.RESOLVE,)] == ["done"]
    assert resolved.get().resolution == "in_release"
    bulk_actions.begin(all_issues().filter(type="Resolved"), Kind.RESOLVE, bo, shop, how=Resolve())
    assert resolved.get().resolution == "now"
    muted = Issue.objects.filter(type="Muted")
    lifecycle.mute(muted, None, Mute(events=5))
    assert bulk_actions.begin(muted, Kind.MUTE, bo, shop).state == "done"
    assert muted.get().mute_events == 5
    action = bulk_actions.begin(muted, Kind.MUTE, bo, shop, how=Mute())
    assert (muted.get().mute_events, bulk_actions.sentence(action)) == (None, "1 issue muted.")


def test_what_somebody_changed_since_is_left_alone(three: list[Issue], shop: Project, bo: User) -> None:
    action = bulk_actions.begin(all_issues(), Kind.MUTE, bo, shop)
    first = Issue.objects.filter(type="Open")
    # Muted as it is after the action, but by somebody else since.
    lifecycle.unmute(first, None)
    lifecycle.mute(first, None)
    back = bulk_actions.undo(action, bo)
    assert (back.done, back.changed) == (2, 1)
    assert states() == ["muted", "resolved", "muted"]
    assert "1 has changed since, or is gone, and was left alone." in bulk_actions.sentence(back)


def test_an_assignment_and_its_undo(three: list[Issue], shop: Project, bo: User, ana: User) -> None:
    Issue.objects.filter(type="Open").update(assignee=ana)
    Issue.objects.filter(type="Muted").update(assignee=bo)
    action = bulk_actions.begin(all_issues(), Kind.ASSIGN, bo, shop, assignee=bo)
    assert bulk_actions.sentence(action).startswith("2 issues assigned to bo.")
    # Who cannot see the project any more gets nothing back.
    User.objects.filter(pk=ana.pk).update(role="member")
    back = bulk_actions.undo(action, bo)
    assert dict(Issue.objects.values_list("type", "assignee")) == {
        "Open": bo.pk,
        "Resolved": None,
        "Muted": bo.pk,
    }
    assert (back.done, back.changed) == (2, 1)


def test_a_deletion_and_its_undo(three: list[Issue], shop: Project, bo: User) -> None:
    hashes = dict(Grouping.objects.values_list("pk", "key_hash"))
    action = bulk_actions.begin(all_issues(), Kind.DELETE, bo, shop)
    assert not Issue.objects.exists()
    assert deletion.delete_marked() == 0
    # Meanwhile one happens again: its events are those of a new issue.
    record(shop.pk, [thrown("Muted")], NOW)
    back = bulk_actions.undo(action, bo)
    assert states() == ["open", "resolved", "muted", "open"]
    assert "happened again" in bulk_actions.sentence(back)
    kept = Grouping.objects.exclude(issue__type="Muted")
    assert dict(kept.values_list("pk", "key_hash")).items() <= hashes.items()
    record(shop.pk, [thrown("Muted"), thrown("Open")], NOW)
    assert dict(Issue.objects.values_list("digest_order", "event_count")) == {1: 2, 2: 1, 3: 1, 4: 2}


def test_after_some_minutes_a_deletion_is_final(three, shop, bo, monkeypatch) -> None:
    action = bulk_actions.begin(all_issues(), Kind.DELETE, bo, shop)
    then = clock.now()
    monkeypatch.setattr(clock, "now", lambda: then + timedelta(minutes=11))
    with pytest.raises(ValueError, match="for 10 minutes"):
        bulk_actions.undo(action, bo)
    assert deletion.delete_marked() == 0
    monkeypatch.setattr(clock, "now", lambda: then + timedelta(minutes=16))
    assert deletion.delete_marked() == 3
    assert not Event.objects.exists()


def test_a_merge_and_its_undo(three: list[Issue], shop: Project, bo: User) -> None:
    target = three[1].pk
    action = bulk_actions.begin(all_issues(), Kind.MERGE, bo, shop, target=target)
    assert bulk_actions.sentence(action) == "2 issues merged into SHOP-2."
    assert Issue.everything.get().event_count == 3
    back = bulk_actions.undo(action, bo)
    assert (back.done, back.changed, back.trouble) == (2, 2, "")
    assert states() == ["open", "resolved", "muted"]


def test_a_merge_is_undone_with_what_came_later(three: list[Issue], shop: Project, bo: User) -> None:
    action = bulk_actions.begin(all_issues(), Kind.MERGE, bo, shop, target=three[0].pk)
    record(shop.pk, [thrown("Muted")], NOW)
    assert bulk_actions.undo(action, bo).changed == 2
    assert dict(Issue.objects.values_list("type", "event_count")) == {"Open": 1, "Resolved": 1, "Muted": 2}


def test_a_merge_that_cannot_be_undone_says_why(three: list[Issue], shop: Project, bo: User) -> None:
    action = bulk_actions.begin(all_issues(), Kind.MERGE, bo, shop, target=three[0].pk)
    MergedIssue.objects.update(before=None)
    back = bulk_actions.undo(action, bo)
    assert back.changed == 0
    assert "is not kept any more" in bulk_actions.sentence(back)
    BulkAction.objects.filter(pk=back.pk).delete()
    BulkAction.objects.update(finished_at=clock.now() - timedelta(days=31))
    with pytest.raises(ValueError, match="30 days"):
        bulk_actions.undo(action, bo)


def test_what_is_not_possible(three: list[Issue], shop: Project, bo: User, cy: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    record(other.pk, [thrown()], NOW)
    mine: Any = Issue.objects.filter(project=shop)
    for issues, kind, more, why in (
        (Issue.objects.none(), Kind.MUTE, {}, "Select an issue first"),
        (all_issues(), Kind.MUTE, {}, "Your role does not allow"),
        (mine, Kind.ASSIGN, {"assignee": cy}, "may change issues of its project"),
        (mine[:1], Kind.MERGE, {"target": three[0].pk}, "at least two"),
        (mine, Kind.MERGE, {"target": uuid4()}, "must be one of"),
    ):
        with pytest.raises(ValueError, match=why):
            bulk_actions.begin(issues, kind, bo, None, **more)
    Membership.objects.create(user=bo, project=other)
    with pytest.raises(ValueError, match="of one project"):
        bulk_actions.begin(all_issues(), Kind.MERGE, bo, None, target=three[0].pk)
    assert bulk_actions.begin(all_issues(), Kind.MUTE, bo, None).changed == 3
    assert not BulkAction.objects.exclude(kind=Kind.MUTE).exists()


def test_larger_actions_wait_and_can_be_stopped(three, shop, bo, monkeypatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    monkeypatch.setattr(actions, "MOST_UNFINISHED", 2)
    action = bulk_actions.begin(all_issues(), Kind.RESOLVE, bo, shop)
    assert bulk_actions.sentence(action) == "Resolving 3 issues: 0 done."
    later = bulk_actions.begin(all_issues(), Kind.MUTE, bo, shop)
    assert list(bulk_actions.current(bo)) == [action, later]
    with pytest.raises(ValueError, match="not finished yet"):
        bulk_actions.begin(all_issues(), Kind.MUTE, bo, shop)
    with pytest.raises(ValueError, match="not finished yet"):
        bulk_actions.undo(action, bo)
    bulk_actions.stop(action)
    work.run()
    action.refresh_from_db()
    later.refresh_from_db()
    assert bulk_actions.sentence(action) == "Stopped after 0 of 3 issues. 0 issues resolved."
    assert (later.state, later.changed) == ("done", 2)
    assert bulk_actions.current(bo) == []
    assert BulkChange.objects.filter(action=action, is_changed=None).count() == 3


def test_only_who_did_it_can_undo_it(three: list[Issue], shop: Project, bo: User, ana: User) -> None:
    action = bulk_actions.begin(all_issues(), Kind.MUTE, bo, shop)
    with pytest.raises(ValueError, match="Only the person"):
        bulk_actions.undo(action, ana)
