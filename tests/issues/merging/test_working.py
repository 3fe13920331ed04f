from __future__ import annotations

import threading
import time

import pytest
from django.db import connections, transaction

from accounts.models import Project, User
from issues import lifecycle, merging
from issues.merging import counting, events, transfer, working
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson, PendingCount, PendingMove
from issues.record.writer import record
from issues.retention import deletion, whole_issues
from tests.lib.occurrences import NOW, thrown


@pytest.fixture(autouse=True)
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is left to the background, which moves two events at a time."""
    monkeypatch.setattr(transfer, "AT_ONCE", 0)
    monkeypatch.setattr(counting, "AT_ONCE", 0)
    monkeypatch.setattr(events, "STEP", 2)
    monkeypatch.setattr(working, "PAUSE", 0)


def send(project: Project, kind: str, count: int) -> Issue:
    record(project.pk, [thrown(kind, user={"id": str(number)}) for number in range(count)], NOW)
    return Issue.objects.get(groupings__key__startswith=f"{kind}:")


@pytest.mark.django_db
def test_a_part_that_is_interrupted_moves_nothing_twice(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = send(shop, "Kept", 3), send(shop, "Gone", 7)
    merging.is_waiting()
    with transaction.atomic():
        merging.merge(shop.pk, kept.pk, gone.pk, None)
    assert not working.work(shop.pk, seconds=0)  # counts people
    assert not working.work(shop.pk, seconds=0)
    assert PendingMove.objects.get().left == 5
    remove = events.remove_empty

    def die(issue: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(events, "remove_empty", die)
    with pytest.raises(KeyboardInterrupt):
        working.work(shop.pk, seconds=60)
    assert PendingMove.objects.get().left == 5
    monkeypatch.setattr(events, "remove_empty", remove)
    assert working.run(60)
    assert Issue.everything.get().events.count() == 10


@pytest.mark.django_db
def test_another_process_may_do_the_same(shop: Project) -> None:
    kept, gone = send(shop, "Kept", 1), send(shop, "Gone", 5)
    merging.merge(shop.pk, kept.pk, gone.pk, None)
    [mine] = PendingMove.objects.all()
    merging.finish_interrupted()
    # What this one knew is not true any more.
    assert not events.move_some(mine)
    assert kept.events.count() == 6
    numbers = list(kept.events.order_by("digest_order").values_list("digest_order", flat=True))
    assert numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_an_issue_is_deleted_that_has_events_of_another(shop: Project, bo: User) -> None:
    one, two, three = send(shop, "One", 5), send(shop, "Two", 5), send(shop, "Three", 1)
    merging.merge(shop.pk, one.pk, two.pk, None)
    new = merging.split(shop.pk, Grouping.objects.get(key__startswith="One:").pk, None)
    lifecycle.delete(Issue.objects.filter(pk=one.pk), bo)
    deletion.delete_marked()
    assert {issue.pk: issue.events.count() for issue in Issue.everything.all()} == {new: 5, three.pk: 1}


@pytest.mark.django_db
def test_an_issue_that_was_merged_goes_with_one_that_is_deleted(shop: Project) -> None:
    one, two = send(shop, "One", 1), send(shop, "Two", 5)
    merging.merge(shop.pk, one.pk, two.pk, None)
    with transaction.atomic():
        whole_issues.delete(shop.pk, [one.pk])
    assert not Event.objects.exists()
    assert Issue.everything.exists()
    merging.finish_interrupted()
    assert not Issue.everything.exists()


@pytest.mark.django_db
def test_a_digest_counts_people_while_they_are_counted_again(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = send(shop, "Kept", 3), send(shop, "Gone", 4)
    merging.merge(shop.pk, kept.pk, gone.pk, None)
    count = counting._too_high

    def and_then(issue: object) -> int:
        found = count(kept.pk)
        record(shop.pk, [thrown("Gone", user={"id": "new"})], NOW)
        return found

    monkeypatch.setattr(counting, "_too_high", and_then)
    assert counting.count_again(shop.pk)
    assert Issue.objects.get().user_count == 5


@pytest.mark.django_db
def test_people_that_retention_has_deleted_stay_counted(shop: Project) -> None:
    kept, gone = send(shop, "Kept", 3), send(shop, "Gone", 4)
    IssuePerson.objects.filter(grouping__issue=gone)[:1].get().delete()
    Grouping.objects.filter(issue=gone).update(forgotten_people=1)
    merging.merge(shop.pk, kept.pk, gone.pk, None)
    merging.finish(shop.pk)
    # The one who is not known any more may be one of the others.
    assert Issue.objects.get().user_count in (4, 5)
    merging.undo_merge(shop.pk, gone.pk, None)
    merging.finish(shop.pk)
    assert (Issue.objects.get(pk=kept.pk).user_count, Issue.objects.get(pk=gone.pk).user_count) == (3, 4)


@pytest.mark.django_db(transaction=True)
def test_every_number_is_right_with_a_digest_beside_it() -> None:
    project = Project.objects.create(name="Busy", slug="busy")
    kinds = ("A", "B", "C")
    for kind in kinds:
        send(project, kind, 4)
    sent = dict.fromkeys(kinds, 4)
    failures: list[BaseException] = []
    stop = threading.Event()

    def digest() -> None:
        try:
            turn = 0
            while not stop.is_set():
                turn += 1
                batch = [thrown(kind, user={"id": f"{kind}{turn}"}) for kind in kinds]
                record(project.pk, [*batch, thrown("A", user={"id": "x"})], NOW)
                for kind in kinds:
                    sent[kind] += 1 + (kind == "A")
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    digesting = threading.Thread(target=digest)
    digesting.start()
    a, b, c = Issue.objects.order_by("digest_order").values_list("pk", flat=True)
    key = {kind: Grouping.objects.get(key__startswith=f"{kind}:").pk for kind in kinds}
    until = time.monotonic() + 2
    while time.monotonic() < until:
        for act in (
            lambda: merging.merge(project.pk, a, b, None),
            lambda: merging.merge(project.pk, c, a, None),
            lambda: merging.undo_merge(project.pk, a, None),
            lambda: merging.move(project.pk, key["B"], c, None),
            lambda: merging.move(project.pk, key["B"], a, None),
            lambda: merging.undo_merge(project.pk, b, None),
        ):
            with transaction.atomic():
                act()
            working.work(project.pk, seconds=0.001)
    stop.set()
    digesting.join(30)
    assert failures == []
    merging.finish_interrupted()
    assert not PendingCount.objects.exists()
    assert set(Issue.everything.values_list("pk", flat=True)) == {a, b, c}
    for issue, kind in zip((a, b, c), kinds, strict=True):
        row = Issue.objects.get(pk=issue)
        people = set(IssuePerson.objects.filter(grouping__issue=issue).values_list("person", flat=True))
        hours = IssueHour.objects.get(grouping__issue=issue)
        assert (row.event_count, row.stored_event_count, row.events.count(), hours.count, row.user_count) == (
            *[sent[kind]] * 4,
            len(people),
        )
