from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Max
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from issues import lifecycle, merging, usage
from issues.look_alikes import verdicts
from issues.merging import counting, transfer
from issues.models import (
    Activity,
    AlertThread,
    AlertVolume,
    Event,
    ExternalIssue,
    Grouping,
    Issue,
    IssueSeen,
    IssueWatch,
    MergedIssue,
    NotTheSame,
    Reference,
    Usage,
)
from issues.record import references
from issues.record.writer import record
from issues.retention import deletion
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def send(project: Project, kind: str, count: int = 1, **fields: object) -> Issue:
    """The issue of this many more events."""
    record(project.pk, [thrown(kind, **fields) for _ in range(count)], NOW)
    return Issue.objects.get(groupings=grouping(project, kind))


def grouping(project: Project, kind: str) -> Grouping:
    return Grouping.objects.get(project=project, key__startswith=f"{kind}:")


def again(issue: Issue) -> Issue:
    return Issue.everything.get(pk=issue.pk)


def merge(into: Issue, other: Issue, by: User | None = None) -> None:
    merging.merge(into.project_id, into.pk, other.pk, by)


def undo(gone: Issue, by: User | None = None) -> str:
    return merging.undo_merge(gone.project_id, gone.pk, by)


def test_what_belonged_to_an_issue_comes_back_and_what_came_later_stays(
    shop: Project, ana: User, bo: User
) -> None:
    kept, gone, third = send(shop, "Kept", 2), send(shop, "Gone", 5), send(shop, "Third")
    lifecycle.resolve(Issue.objects.filter(pk=gone.pk), bo)
    lifecycle.assign(Issue.objects.filter(pk=gone.pk), bo, bo)
    for user in (ana, bo):
        IssueWatch.objects.get_or_create(issue=gone, user=user)
        IssueSeen.objects.create(issue=gone, user=user, at=NOW)
    IssueWatch.objects.create(issue=kept, user=ana, is_watching=False)
    for issue in (kept, gone):
        ExternalIssue.objects.create(issue=issue, url="https://tracker.test/1", created_by=bo)
        AlertThread.objects.create(issue=issue.pk, user=bo, external={"id": issue.title})
    ExternalIssue.objects.create(issue=gone, url="https://tracker.test/2")
    NotTheSame.objects.create(issue=gone, other=third, by=bo)
    NotTheSame.objects.create(issue=kept, other=gone)
    before = {
        model: sorted(map(str, model._default_manager.values_list()))
        for model in (ExternalIssue, AlertThread, IssueWatch, IssueSeen, NotTheSame, Reference)
    }
    state = ("status", "resolution", "resolved_at", "assignee_id", "digest_order", "opened_at", "event_count")
    was = Issue.objects.filter(pk=gone.pk).values(*state).get()
    history = list(Activity.objects.filter(issue=gone).order_by("pk").values_list("pk", flat=True))

    merge(kept, gone, ana)
    assert not Issue.everything.filter(pk=gone.pk).exists()
    assert dict(IssueWatch.objects.values_list("user", "is_watching")) == {ana.pk: False, bo.pk: True}
    assert set(ExternalIssue.objects.values_list("issue", flat=True)) == {kept.pk}
    assert NotTheSame.objects.values_list("issue", "other").get() == (kept.pk, third.pk)
    comment = Activity.objects.create(issue=kept, kind=Activity.Kind.COMMENTED, at=NOW, user=bo, text="Later")
    send(shop, "Gone", 2)

    assert undo(gone, ana) == ""
    assert Issue.objects.filter(pk=gone.pk).values(*state).get() == was | {"event_count": 7}
    for model, rows in before.items():
        found = sorted(map(str, model._default_manager.values_list()))
        # Some rows were made anew, under the keys that they had.
        assert model is Reference or found == rows
    assert (
        list(Activity.objects.filter(issue=gone).order_by("pk").values_list("pk", flat=True))[:-1] == history
    )
    assert set(kept.activities.values_list("kind", flat=True)) >= {"merged", "unmerged", "commented"}
    comment.refresh_from_db()
    assert comment.issue_id == kept.pk
    assert list(again(gone).events.order_by("digest_order").values_list("digest_order", flat=True))[:5] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert again(gone).user_count == again(kept).user_count == 0


def test_what_was_said_of_look_alikes_is_found_whichever_issue_is_older(shop: Project, bo: User) -> None:
    first, kept, gone = send(shop, "First"), send(shop, "Kept"), send(shop, "Gone")
    verdicts.not_the_same(shop, [first.pk, gone.pk], (), bo)
    merge(kept, gone)
    assert verdicts.among([first.pk, kept.pk]) == {verdicts.pair(kept.pk, first.pk)}
    last = send(shop, "Last")
    verdicts.not_the_same(shop, [kept.pk, last.pk], (), bo)
    merge(last, first)
    # Nothing is left to be said of an issue that was merged into the one that it was not the same as.
    assert verdicts.among([kept.pk, last.pk]) == {verdicts.pair(kept.pk, last.pk)}
    assert verdicts.undo(shop, last.pk, kept.pk)
    undo(first)
    assert verdicts.among([first.pk, kept.pk]) == {verdicts.pair(kept.pk, first.pk)}


def test_numbers_stay_positive_when_a_grouping_came_back_in_another_way(shop: Project) -> None:
    first, second, third, fourth = (send(shop, kind, 3) for kind in ("First", "Second", "Third", "Fourth"))
    merge(third, fourth)
    merge(second, third)
    # Third leaves for the first issue, and gets lower numbers there than those of what follows it with the second one.
    merging.move(shop.pk, grouping(shop, "Third").pk, first.pk, None)
    send(shop, "Second", 20)
    merge(first, again(second))
    undo(third)
    merging.finish(shop.pk)
    numbers = list(again(third).events.order_by("id").values_list("digest_order", flat=True))
    assert len(set(numbers)) == len(numbers) == 6
    assert min(numbers) > 0
    assert max(numbers) == again(third).event_count + again(third).numbers_ahead
    undo(fourth)
    assert again(fourth).events.count() == again(third).events.count() == 3
    send(shop, "Third")
    assert again(third).events.count() == 4


def test_what_was_merged_anew_is_no_hindrance_to_undo_the_merge_that_it_came_with_before(
    shop: Project,
) -> None:
    a, b, c, x, e = (send(shop, kind, 3) for kind in ("A", "B", "C", "X", "E"))
    merge(b, x)
    merge(a, b)
    undo(x)
    merge(c, x)
    merging.move(shop.pk, grouping(shop, "X").pk, e.pk, None)
    send(shop, "A", 20)
    merge(c, again(a))
    # The offset of this merge is that of the whole chain; X came later, with a lower one.
    undo(b)
    assert again(b).events.count() == 3
    assert MergedIssue.objects.filter(issue=x.pk).values_list("into", "offset").get() == (b.pk, 0)
    with pytest.raises(merging.NotPossible, match="moved to other issues"):
        undo(x)


def test_what_alert_rules_see_of_the_last_day_is_that_of_both(shop: Project) -> None:
    kept, gone = send(shop, "Kept"), send(shop, "Gone")
    for issue, minute, events in ((kept, 1, 3), (gone, 1, 4), (gone, 2, 5)):
        AlertVolume.objects.create(project=shop, issue=issue.pk, minute=minute, events=events, people=1)
    before = set(AlertVolume.objects.values_list("issue", "minute", "events", "people"))
    merge(kept, gone)
    rows = AlertVolume.objects.order_by("minute").values_list("issue", "events", "people")
    assert list(rows) == [(kept.pk, 7, 2), (kept.pk, 5, 1)]
    undo(gone)
    found = set(AlertVolume.objects.values_list("issue", "minute", "events", "people"))
    assert found == before | {(kept.pk, 2, 0, 0)}


def test_who_is_gone_looks_after_nothing(shop: Project, ana: User, bo: User) -> None:
    kept, gone = send(shop, "Kept"), send(shop, "Gone")
    Issue.objects.filter(pk=gone.pk).update(assignee=bo)
    IssueWatch.objects.create(issue=gone, user=bo)
    IssueWatch.objects.create(issue=kept, user=bo)
    merge(kept, gone)
    bo.delete()
    undo(gone)
    assert again(gone).assignee is None
    assert not IssueWatch.objects.exists()


def test_merges_are_undone_in_any_order(shop: Project) -> None:
    for order in ("ab", "ba"):
        a, b, c = (send(shop, f"{kind}{order}", 4) for kind in "ABC")
        merge(a, b)
        merge(c, a)
        assert dict(MergedIssue.objects.values_list("issue", "into")) == {a.pk: c.pk, b.pk: c.pk}
        for name in order:
            undo({"a": a, "b": b}[name])
        assert not MergedIssue.objects.exists()
        assert {issue.pk: issue.stored_event_count for issue in (again(a), again(b), again(c))} == {
            a.pk: 4,
            b.pk: 4,
            c.pk: 4,
        }
        numbers = Event.objects.values_list("issue").annotate(Max("digest_order"))
        assert dict(numbers.filter(issue__in=[a, b, c]).order_by()) == dict.fromkeys((a.pk, b.pk, c.pk), 4)


def test_a_merge_is_undone_while_its_events_are_moved(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "AT_ONCE", 0)
    monkeypatch.setattr("issues.merging.events.STEP", 2)
    kept, gone = send(shop, "Kept", 3), send(shop, "Gone", 7)
    merge(kept, gone)
    merging.work(shop.pk, seconds=0)
    send(shop, "Gone")
    assert (gone.events.count(), kept.events.count()) == (5, 6)
    undo(gone)
    merging.finish(shop.pk)
    assert list(gone.events.order_by("digest_order").values_list("digest_order", flat=True))[:7] == list(
        range(1, 8)
    )
    assert (again(gone).status, gone.events.count(), kept.events.count()) == ("open", 8, 3)


def test_what_is_not_possible(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (send(shop, kind) for kind in ("One", "Two", "Three"))
    other = send(Project.objects.create(name="Other", slug="other"), "One")
    for into, gone, why in (
        (one.pk, one.pk, "itself"),
        (one.pk, other.pk, "not exist"),
        (UUID(int=1), one.pk, "not exist"),
    ):
        with pytest.raises(merging.NotPossible, match=why):
            merging.merge(shop.pk, into, gone, None)
    with pytest.raises(merging.NotPossible, match="undone already"):
        undo(two)
    merge(one, two)
    link = MergedIssue.objects.get()
    assert merging.why_not_undoable(link, clock.now()) == ""
    assert "30 days" in merging.why_not_undoable(link, clock.now() + timedelta(days=31))
    merging.move(shop.pk, grouping(shop, "One").pk, three.pk, None)
    with pytest.raises(merging.NotPossible, match="without them it would be empty"):
        undo(two)
    merging.move(shop.pk, grouping(shop, "One").pk, one.pk, None)
    merging.move(shop.pk, grouping(shop, "Two").pk, three.pk, None)
    with pytest.raises(merging.NotPossible, match="moved to other issues"):
        undo(two)
    MergedIssue.objects.update(before=None)
    with pytest.raises(merging.NotPossible, match="not kept any more"):
        undo(two)
    monkeypatch.setattr(transfer, "MOST_GROUPINGS", 2)
    with pytest.raises(merging.NotPossible, match="2 groupings"):
        merge(three, one)


def test_of_several_groupings_those_come_back_that_are_still_there(shop: Project) -> None:
    one, two, three = (send(shop, kind) for kind in ("One", "Two", "Three"))
    merge(two, three)
    merge(one, two)
    split = merging.split(shop.pk, grouping(shop, "Two").pk, None)
    assert undo(two) == "1 grouping of it is not in SHOP-1 any more, and stays elsewhere."
    assert set(Issue.objects.values_list("pk", flat=True)) == {one.pk, two.pk, split}
    # The merge from before leads through it again.
    assert MergedIssue.objects.get().into_id == two.pk


def test_events_that_were_split_off_are_read_when_the_issue_is_deleted(shop: Project) -> None:
    words = {"extra": {"lines": [f"a line number {n} of many" for n in range(40)]}}
    kept, gone = send(shop, "Kept", 9, **words), send(shop, "Gone", 9, **words)
    merge(kept, gone)
    send(shop, "Gone", 5, **words)
    undo(gone)
    shared = Reference.objects.get(issue=kept)
    assert shared.uses > 9
    lifecycle.delete(Issue.objects.filter(pk=kept.pk), None)
    deletion.delete_marked()
    assert references.read(list(gone.events.values_list("payload", flat=True)))
    shared.refresh_from_db()
    assert shared.issue is None
    lifecycle.delete(Issue.objects.filter(pk=gone.pk), None)
    deletion.delete_marked()
    assert not Reference.objects.exists()


def test_usage_is_that_of_a_recount(shop: Project, bo: User) -> None:
    kept, gone = send(shop, "Kept", 3, user={"id": "1"}), send(shop, "Gone", 3, user={"id": "1"})
    merge(kept, gone, bo)
    merging.split(shop.pk, grouping(shop, "Gone").pk, bo)
    # Rows of issues come and go: it is counted again soon.
    assert Usage.objects.get().recounted_at is None
    usage.recount(shop.pk, NOW)
    found = Usage.objects.get()
    assert (found.issue_count, found.event_count) == (2, 6)


def test_people_of_large_issues_are_counted_later(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 0)
    kept, gone = send(shop, "Kept", user={"id": "1"}), send(shop, "Gone", user={"id": "1"})
    merge(kept, gone)
    assert again(kept).user_count == 2
    standing = merging.standing(kept.pk)
    assert standing is not None
    assert standing.is_counting
    send(shop, "Gone", user={"id": "2"})
    merging.finish(shop.pk)
    assert again(kept).user_count == 2
    assert merging.standing(kept.pk) is None


def test_counting_the_events_that_go_reads_no_event(shop: Project) -> None:
    """Of a hundred thousand it would keep a digest from writing for longer than everything else together."""
    one, two = send(shop, "One"), send(shop, "Two", 2)
    with CaptureQueriesContext(connection) as captured:
        merge(one, two)
    counted = [
        each["sql"] for each in captured if "issues_event" in each["sql"] and "GROUP BY" in each["sql"]
    ]
    assert counted
    assert all("COUNT(*)" in sql for sql in counted)
    assert again(one).stored_event_count == 3
