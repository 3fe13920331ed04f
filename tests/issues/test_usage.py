"""What is counted of a project is what it has, whatever was stored and deleted."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project, User
from issues import lifecycle, usage
from issues.artifacts.files import Storing
from issues.models import Activity, Event, Issue, IssuePerson, IssueTag, IssueTagKey, Usage, UserReport
from issues.record.writer import record
from issues.retention import batches, events
from rustrak.lib import clock
from tests.lib import check_ins
from tests.lib.attachments import file_item, keep
from tests.lib.occurrences import NOW, thrown
from tests.lib.sent_sessions import aggregates, item, update, updates
from tests.lib.user_reports import feedback, report, said_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def numbers(project: Project) -> dict[str, tuple[int, int]]:
    """Rows and bytes by kind, without the kinds that have none."""
    found = Usage.objects.get(pk=project.pk)
    both = {name: (usage.used(found, name).count, usage.used(found, name).bytes) for name in usage.KINDS}
    return {name: one for name, one in both.items() if one != (0, 0)}


def fill(project: Project) -> None:
    """Store something of every kind."""
    now = clock.now()
    sent = [
        thrown(f"E{number % 3}", user={"id": number}, tags={"ä": str(number)}, received_at=now)
        for number in range(20)
    ]
    record(project.pk, sent, now)
    keep(project, file_item(b"x" * 5000, sent[0].event_id), file_item(b"y" * 300))
    feedback(project, said_item({"contexts": {"feedback": {"message": "ü" * 300}}}))
    report(project, said_item({"event_id": sent[0].event_id, "comments": "Oh"}))
    updates(project, update(init=True, did="ana", status="crashed"), update("b", init=True, errors=1))
    buckets = [{"started": "2026-03-10T11:00:00Z", "exited": 1, "did": str(number)} for number in range(30)]
    aggregates(project, item({"attrs": {"release": "r2"}, "aggregates": buckets}))
    check_ins.send(project, *(check_ins.check_in("error", slug=f"job-{number}") for number in range(4)))
    with Storing(project.pk) as storing:
        storing.add(BytesIO(b"x" * 5000))
        storing.flush()


def test_the_shares_of_all_kinds_make_a_whole() -> None:
    assert sum(kind.share for kind in usage.KINDS.values()) == 100


def test_what_is_counted_while_it_is_stored_is_what_a_recount_finds(shop: Project, stored: Path) -> None:
    fill(shop)
    before = numbers(shop)
    assert before.keys() == usage.KINDS.keys()
    usage.recount(shop.pk, clock.now())
    after = numbers(shop)
    for name, (count, size) in after.items():
        assert before[name][0] == count, name
        # References and texts of small rows are only in the recount.
        assert size * 0.8 <= before[name][1] <= size * 1.2, name


def test_what_is_deleted_is_subtracted(shop: Project, stored: Path) -> None:
    fill(shop)
    keys = list(Event.objects.values_list("pk", flat=True))
    events.delete(shop.pk, keys)
    for name in ("event", "attachment"):
        assert numbers(shop).get(name, (0, 0))[0] == (1 if name == "attachment" else 0)


def test_a_recount_mends_any_number(shop: Project, stored: Path) -> None:
    fill(shop)
    usage.recount(shop.pk, clock.now())
    right = numbers(shop)
    wrong = {f"{name}_{what}": -(10**6) for name in usage.KINDS for what in ("count", "bytes")}
    Usage.objects.update(**wrong)
    assert numbers(shop) == {}
    usage.recount(shop.pk, clock.now())
    assert numbers(shop) == right
    Usage.objects.all().delete()
    usage.recount(shop.pk, clock.now())
    assert numbers(shop) == right


def test_deleting_an_issue_has_the_project_counted_again(shop: Project, ana: User) -> None:
    fill(shop)
    usage.recount(shop.pk, clock.now())
    lifecycle.delete(Issue.objects.filter(project=shop)[:1], ana)
    assert Usage.objects.get().recounted_at is None


def test_an_attachment_past_the_share_is_counted_and_its_bytes_are_not_stored(
    shop: Project, stored: Path, settings: Any, tmp_path: Path
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 5 * 10_000
    assert keep(shop, file_item(b"a" * 6000)) == {("stored", ""): 1}
    blob = tmp_path / "blob"
    blob.write_bytes(b"b" * 6000)
    assert keep(shop, file_item(b"c" * 6000), file_item(blob)) == {("filtered", "too_many_bytes"): 2}
    assert sum(path.stat().st_size for path in stored.rglob("*") if path.is_file()) == 6000


def test_one_batch_cannot_exceed_the_share(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 5 * 10_000
    results = keep(shop, *(file_item(bytes([number]) * 3000) for number in range(50)))
    assert results == {("stored", ""): 3, ("filtered", "too_many_bytes"): 47}


def test_nothing_of_little_worth_is_stored_while_the_installation_is_full(
    shop: Project, stored: Path, settings: Any
) -> None:
    settings.RETAIN_BYTES = 10_000
    other = Project.objects.create(name="Other", slug="other")
    usage.add(other.pk, {"event": (1, 20_000)})
    assert keep(shop, file_item(b"a" * 10)) == {("filtered", "too_many_bytes"): 1}
    assert report(shop, said_item({"comments": "Oh"})) == {("filtered", "too_many_bytes"): 1}
    assert updates(shop, update(init=True)) == {("filtered", "too_many_bytes"): 1}
    assert check_ins.send(shop, check_ins.check_in()) == {("filtered", "too_many_bytes"): 1}


def test_without_limits_everything_is_stored(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_BYTES = settings.RETAIN_BYTES_PER_PROJECT = 0
    usage.add(shop.pk, {name: (10**9, 2**50) for name in usage.KINDS if name != "issue"})
    assert keep(shop, file_item(b"a" * 10)) == {("stored", ""): 1}
    assert updates(shop, update(init=True)) == {("stored", ""): 1}


@pytest.mark.parametrize("big", [{"comments": "💥" * 9000}, {"comments": "x", "url": "u" * 9000}])
def test_feedback_past_the_share_is_left_out(shop: Project, settings: Any, big: dict[str, str]) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 100_000
    results = sum((report(shop, said_item(big)) for _ in range(30)), start=report(shop))
    assert results[("filtered", "too_many_bytes")] >= 15
    assert sum(Usage.objects.values_list("report_bytes", flat=True)) <= 3000
    assert UserReport.objects.count() == 30 - results[("filtered", "too_many_bytes")]


def test_events_whose_issue_would_be_one_too_many_are_left_out(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = usage.Kind("issue", "issues", 8, most=10)
    monkeypatch.setitem(usage.KINDS, "issue", few)
    changes = record(shop.pk, [thrown(f"E{number}") for number in range(20)], NOW)
    assert [change.kind for change in changes] == ["new"] * 11 + ["left_out"] * 9
    assert Issue.objects.count() == 11
    shop.refresh_from_db()
    assert (shop.stored_event_count, shop.digested_event_count) == (11, 11)
    # Issues that exist go on counting.
    assert [change.kind for change in record(shop.pk, [thrown("E3"), thrown("E99")], NOW)] == [
        "event",
        "left_out",
    ]


def test_events_far_past_the_share_are_counted_and_their_payloads_left_out(
    shop: Project, ana: User, settings: Any
) -> None:
    """Retention deletes what is a little too much; what comes faster than it deletes is bounded by this."""
    record(shop.pk, [thrown("Old")], NOW)
    settings.RETAIN_BYTES_PER_PROJECT, per_cent = 5 * 500_000, 10_000
    usage.add(shop.pk, {"event": (0, 119 * per_cent)})
    assert [change.kind for change in record(shop.pk, [thrown("Old")], NOW)] == ["event"]
    usage.add(shop.pk, {"event": (0, 3 * per_cent)})
    lifecycle.resolve(Issue.objects.all(), ana)
    Issue.objects.update(resolved_at=NOW)
    sent = [thrown("Old"), thrown("Old"), thrown("New")]
    assert [change.kind for change in record(shop.pk, sent, NOW)] == ["regressed", "counted", "new"]
    assert record(shop.pk, sent, NOW) == []
    before = Usage.objects.get().event_bytes
    usage.add(shop.pk, {"event": (0, 30 * per_cent)})
    assert {change.kind for change in record(shop.pk, [thrown("Old"), thrown("Newer")], NOW)} == {"counted"}
    assert Usage.objects.get().event_bytes == before + 30 * per_cent
    found = {one.title[:5]: one for one in Issue.objects.all()}
    assert {name: (one.event_count, one.stored_event_count) for name, one in found.items()} == {
        "Old: ": (5, 3),
        "New: ": (1, 1),
        "Newer": (1, 0),
    }
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count, Event.objects.count()) == (7, 4, 4)
    assert Activity.objects.filter(kind="created").count() == 3


def test_when_all_projects_keep_far_too_much_only_the_large_ones_stop(shop: Project, settings: Any) -> None:
    small = Project.objects.create(name="Small", slug="small")
    record(small.pk, [thrown()], NOW)
    settings.RETAIN_BYTES = 100_000
    usage.add(shop.pk, {"attachment": (1, 100_000)})
    assert record(shop.pk, [thrown("A"), thrown("A")], NOW)[1].kind == "event"
    usage.add(shop.pk, {"attachment": (1, 25_000)})
    assert record(shop.pk, [thrown("A")], NOW)[0].kind == "counted"
    assert record(small.pk, [thrown()], NOW)[0].kind == "event"
    settings.RETAIN_BYTES = 0
    assert record(shop.pk, [thrown("A")], NOW)[0].kind == "event"


def test_tags_and_people_past_the_share_are_counted_by_key_alone(shop: Project, settings: Any) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 100_000
    sent = [thrown(user={"id": n}, tags={f"k{n % 4}": str(n) * 40}) for n in range(100)]
    for event in sent:
        record(shop.pk, [event], NOW)
    assert Usage.objects.get().tag_bytes <= 6000
    issue = Issue.objects.get()
    assert issue.event_count == 100
    assert IssueTag.objects.count() < 60
    assert IssuePerson.objects.count() == issue.user_count < 60
    assert IssueTagKey.objects.get(key="level").count == 100


def test_an_issue_counts_a_bounded_number_of_keys(shop: Project) -> None:
    for first in range(0, 400, 50):
        record(shop.pk, [thrown(tags={f"k{first + n}": "v" for n in range(50)})], NOW)
    record(shop.pk, [thrown(tags={f"z{m}-{n}": "v" for n in range(40)}) for m in range(20)], NOW)
    assert IssueTagKey.objects.count() == 200
    assert Usage.objects.get().tag_count == IssueTag.objects.count() + IssueTagKey.objects.count()
    # All in one batch, in an issue that is new.
    record(shop.pk, [thrown("New", tags={f"z{m}-{n}": "v" for n in range(40)}) for m in range(20)], NOW)
    new = Issue.objects.get(title__startswith="New")
    assert IssueTagKey.objects.filter(grouping__issue=new).count() == 200


def test_adding_takes_one_statement(shop: Project, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        usage.add(shop.pk, dict.fromkeys(usage.KINDS, (1, 1)))
    with django_assert_num_queries(0):
        usage.add(shop.pk, {"event": (0, 0)})


def test_a_stored_event_takes_about_what_is_counted(shop: Project) -> None:
    wide = {"extra": {f"k{n}": json.dumps(list(range(n))) for n in range(40)}}
    record(shop.pk, [thrown(f"E{number}", **wide) for number in range(30)], NOW)
    payloads = sum(len(payload) for payload in Event.objects.values_list("payload", flat=True))
    assert Usage.objects.get().event_bytes == payloads + 30 * usage.EVENT
