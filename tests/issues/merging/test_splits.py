from __future__ import annotations

from uuid import UUID

import pytest

from accounts.models import Project, User
from issues import lifecycle, merging
from issues.merging import transfer
from issues.models import Activity, Event, Grouping, Issue, MergedIssue
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def send(project: Project, *kinds: str) -> None:
    for kind in kinds:
        record(project.pk, [thrown(kind)], NOW)


def key(kind: str) -> int:
    return Grouping.objects.get(key__startswith=f"{kind}:").pk


@pytest.fixture
def merged(shop: Project) -> Issue:
    """SHOP-1 with the groupings A, B and C; B and C were one issue."""
    send(shop, "A", "B", "C", "B", "A", "B")
    a, b, c = Issue.objects.order_by("digest_order")
    merging.merge(shop.pk, b.pk, c.pk, None)
    merging.merge(shop.pk, a.pk, b.pk, None)
    return Issue.objects.get()


def test_a_grouping_gets_an_issue_of_its_own(shop: Project, merged: Issue, bo: User) -> None:
    lifecycle.resolve(Issue.objects.all(), bo)
    new = Issue.objects.get(pk=merging.split(shop.pk, key("B"), bo))
    assert (new.short_id, new.title, new.type, new.value, new.status) == ("SHOP-4", "B: v", "B", "v", "open")
    assert (new.event_count, new.stored_event_count) == (3, 3)
    assert list(new.events.order_by("digest_order").values_list("digest_order", "own_title"))[0] == (1, "")
    assert Activity.objects.filter(issue=new).values_list("kind", "user", "detail").get() == (
        "moved_in", bo.pk, "SHOP-1",
    )  # fmt: skip
    assert Activity.objects.filter(issue=merged).latest("pk").detail == "SHOP-4"
    send(shop, "B", "D")
    new.refresh_from_db()
    assert new.events.count() == new.event_count == 4
    # Numbers are not given twice.
    assert Issue.objects.get(type="D").digest_order == 5
    send(shop, "A")
    numbers = list(merged.events.order_by("digest_order").values_list("digest_order", flat=True))
    assert len(numbers) == len(set(numbers)) == Issue.objects.get(pk=merged.pk).event_count == 4


def test_what_was_merged_in_alone_is_made_again(shop: Project, merged: Issue) -> None:
    gone = MergedIssue.objects.get(digest_order=3).issue
    assert merging.split(shop.pk, key("C"), None) == gone
    assert Issue.objects.get(pk=gone).short_id == "SHOP-3"


def test_a_grouping_moves_to_another_issue_and_back(shop: Project, merged: Issue, bo: User) -> None:
    send(shop, "D")
    other = Issue.objects.get(type="D")
    merging.move(shop.pk, key("B"), other.pk, bo)
    send(shop, "B")
    other.refresh_from_db()
    assert (other.title, other.event_count, other.events.count()) == ("D: v", 5, 5)
    assert set(other.events.values_list("own_title", flat=True)) == {"", "B: v"}
    merging.move(shop.pk, key("B"), merged.pk, bo)
    merged.refresh_from_db()
    assert merged.event_count == merged.events.count() == 7


def test_events_follow_the_last_of_several_moves(
    shop: Project, merged: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "AT_ONCE", 0)
    monkeypatch.setattr("issues.merging.events.STEP", 1)
    send(shop, "D", "E")
    d, e = Issue.objects.get(type="D"), Issue.objects.get(type="E")
    merging.move(shop.pk, key("B"), d.pk, None)
    merging.work(shop.pk, seconds=0)
    merging.move(shop.pk, key("B"), e.pk, None)
    standing = merging.standing(e.pk)
    assert standing is not None
    assert standing.into == (4, 3)
    send(shop, "B")
    merging.work(shop.pk, seconds=0)
    merging.move(shop.pk, key("B"), d.pk, None)
    merging.finish(shop.pk)
    assert Event.objects.filter(grouping=key("B"), issue=d.pk).count() == 4
    assert (d.events.count(), e.events.count()) == (5, 1)


def test_what_is_not_possible(shop: Project, merged: Issue) -> None:
    send(shop, "D")
    alone = Issue.objects.get(type="D")
    empty = Grouping.objects.create(
        project=shop, issue=merged, key="x", key_hash="x", mechanism=1, is_counted=True
    )
    assert merging.why_not_split(Grouping.objects.get(pk=key("B"))) == ""
    for act, why in (
        (lambda: merging.split(shop.pk, key("D"), None), "Merge the issue"),
        (lambda: merging.split(shop.pk, empty.pk, None), "nothing to split off"),
        (lambda: merging.split(shop.pk, 0, None), "does not exist"),
        (lambda: merging.split(shop.pk + 1, key("B"), None), "does not exist"),
        (lambda: merging.move(shop.pk, key("B"), merged.pk, None), "in this issue already"),
        (lambda: merging.move(shop.pk, key("B"), UUID(int=1), None), "no such issue"),
    ):
        with pytest.raises(merging.NotPossible, match=why):
            act()
    # A key without events leads elsewhere from now on.
    merging.move(shop.pk, empty.pk, alone.pk, None)
    assert Grouping.objects.get(pk=empty.pk).issue_id == alone.pk
    # An older version did not count it apart.
    Grouping.objects.filter(pk=key("B")).update(event_count=1)
    with pytest.raises(merging.NotPossible, match="older version"):
        merging.split(shop.pk, key("B"), None)


def test_moving_the_last_grouping_merges_the_issue(shop: Project, merged: Issue) -> None:
    send(shop, "D")
    alone = Issue.objects.get(type="D")
    # A key that has no events yet goes with it.
    bound = Grouping.objects.create(
        project=shop, issue=alone, key="x", key_hash="x", mechanism=1, is_counted=True
    )
    merging.move(shop.pk, key("D"), merged.pk, None)
    assert set(Grouping.objects.filter(pk__in=[key("D"), bound.pk]).values_list("issue", flat=True)) == {
        merged.pk
    }
    merging.undo_merge(shop.pk, alone.pk, None)
    assert Grouping.objects.get(pk=key("D")).issue_id == alone.pk


def test_an_event_that_cannot_be_read_leaves_the_names_as_they_were(shop: Project, merged: Issue) -> None:
    Event.objects.filter(grouping=key("B")).update(payload=b"?")
    new = Issue.objects.get(pk=merging.split(shop.pk, key("B"), None))
    assert (new.title, new.type) == ("B: v", "A")
