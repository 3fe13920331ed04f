from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts import keys
from accounts.models import Project, ProjectKey
from ingest import spool
from ingest.digest import dispatch, handlers, loop, tallies
from ingest.digest.checkpoint import Checkpoint, Entry
from ingest.ledger import store
from ingest.models import InboundFilters, IntakeRequest, OutcomeCount, SegmentProgress
from ingest.spool import Record, files
from issues import facts, usage
from issues.models import AlertFact, Attachment, Event, FingerprintRules, Issue, UserReport
from issues.record import references
from issues.sessions import session_counts
from rustrak.lib import tolerant_json
from tests.lib import events, spooled
from tests.lib.spooled import (
    AT,
    assert_balanced,
    attachment,
    blob,
    check_in,
    client_report,
    edge_counts,
    event,
    outcomes,
    session,
    set_aside,
    user_report,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    location = {"OPTIONS": {"location": str(tmp_path / "attachments")}}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", **location}
    settings.STORAGES = {**settings.STORAGES, "attachments": backend}
    return tmp_path / "spool"


def digested(directory: Path, *records: Record) -> None:
    spool.write_sealed(directory, records)
    assert loop.drain(directory) == len(records)
    assert list(directory.glob("*.sealed")) == []


def quarantined(directory: Path) -> list[str]:
    return sorted(about["kind"] for about in set_aside(directory))


def test_every_kind_is_stored_and_counted(directory: Path, shop: Project) -> None:
    number = shop.pk
    digested(
        directory,
        event(number, 1), attachment(number, 1), user_report(number, 1), check_in(number, 2), session(number, 3),
        client_report(number, 4), edge_counts(5, number),
    )  # fmt: skip
    assert outcomes(shop) == {
        **{
            (name, outcome, ""): 1
            for name in ("error", "attachment", "feedback", "monitor", "session", "internal")
            for outcome in ("accepted", "stored")
        },
        ("error", "client_discard", "before_send"): 3,
        ("error", "too_large", "too_large_event"): 2,
    }
    assert (
        Attachment.objects.get().event_id == UserReport.objects.get().event_id == Event.objects.get().event_id
    )
    assert IntakeRequest.objects.filter(project=shop).count() == 2
    assert_balanced(shop)


def test_the_outcomes_of_events(directory: Path, shop: Project) -> None:
    number = shop.pk
    digested(directory, event(number, 1), event(number, 1, received_at=spooled.AT + 70), event(number, 2))
    digested(
        directory,
        event(number, 2), event(number, 3), event(number, 4, payload=b"nonsense"), spooled.spooled(number, "hologram", b"", 5),
    )  # fmt: skip
    assert outcomes(shop) == {
        ("error", "accepted", ""): 6,
        ("error", "stored", ""): 3,
        ("error", "duplicate", ""): 2,
        ("error", "invalid", "unreadable"): 1,
        ("default", "accepted", ""): 1,
        ("default", "invalid", "unknown_kind"): 1,
    }
    assert quarantined(directory) == ["event", "hologram"]
    assert_balanced(shop)


def test_an_outcome_is_counted_in_the_minute_of_its_arrival(directory: Path, shop: Project) -> None:
    records = [event(shop.pk, number, received_at=spooled.AT + 60 * number) for number in range(3)]
    again = event(shop.pk, 0, received_at=spooled.AT + 180)
    sent = [session(shop.pk, number) for number in range(50, 70)]
    digested(directory, *records, again, *sent)
    minute = int(spooled.AT) // 60
    found = OutcomeCount.objects.filter(category="error").exclude(outcome="accepted")
    assert list(found.order_by("minute").values_list("minute", "outcome")) == [
        (minute, "stored"), (minute + 1, "stored"), (minute + 2, "stored"), (minute + 3, "duplicate"),
    ]  # fmt: skip
    assert_balanced(shop)


def test_the_reason_of_a_sampled_event_is_its_issue(directory: Path, shop: Project) -> None:
    # Two events of one issue in an hour are all stored, more are sampled.
    Project.objects.filter(pk=shop.pk).update(noisy_issue_percent=1, max_events_per_hour=200)
    digested(
        directory, event(shop.pk, 0, "Quiet"), *[event(shop.pk, number, "Noisy") for number in range(1, 60)]
    )
    found = outcomes(shop)
    noisy = Issue.objects.get(type="Noisy")
    assert found["error", "sampled", str(noisy.digest_order)] == 60 - found["error", "stored", ""] > 20
    digested(directory, *[event(shop.pk, number, "Noisy") for number in range(1, 60)])
    assert outcomes(shop)["error", "duplicate", ""] == 59
    assert_balanced(shop)


def test_filters_are_applied(directory: Path, shop: Project) -> None:
    InboundFilters.objects.create(project=shop, releases="bad-*")
    other = Project.objects.create(name="Other", slug="other")
    body = {"message": "x", "release": "bad-1"}
    records = [
        spooled.spooled(project.pk, "event", body, number) for project in (shop, other) for number in (1, 1)
    ]
    digested(directory, *records, event(shop.pk, 2))
    assert outcomes(shop) == {
        ("error", "accepted", ""): 3, ("error", "filtered", "releases"): 2, ("error", "stored", ""): 1,
    }  # fmt: skip
    assert outcomes(other)["error", "duplicate", ""] == 1
    assert_balanced(shop, other)


def test_fingerprint_rules_are_applied(directory: Path, shop: Project) -> None:
    text = 'type:Noise -> drop\n\ntype:Down* -> system-down, {{ level }} title="Down: {{ type }}" level=fatal'
    FingerprintRules.objects.create(project=shop, version=3, text=text)
    Project.objects.filter(pk=shop.pk).update(fingerprint_rules_version=3)
    digested(
        directory, *[event(shop.pk, at, name) for at, name in enumerate(["Noise", "DownA", "DownB", "E"])]
    )
    assert outcomes(shop) == {
        ("error", "accepted", ""): 4, ("error", "filtered", "fingerprint_rule"): 1, ("error", "stored", ""): 3,
    }  # fmt: skip
    assert_balanced(shop)
    down, other = shop.issues.order_by("digest_order")
    assert [row.key for row in down.groupings.all()] == ["system-down ⋄ error"]
    assert (down.event_count, down.title, down.level, other.type) == (2, "Down: DownA", 50, "E")
    stored = down.events.order_by("digest_order").last()
    assert stored is not None
    assert stored.own_title == "Down: DownB"
    assert stored.notes == [
        ["", "rule", "3 3"], ["title", "rule_title", "DownB: v"], ["level", "rule_level", "error"]
    ]  # fmt: skip


def test_a_large_event_is_cut_and_counted_as_salvaged(directory: Path, shop: Project, settings: Any) -> None:
    settings.MAX_EVENT_BYTES = 4000
    large = {
        "exception": {"values": [{"type": "E", "value": "v"}]},
        "timestamp": spooled.AT,
        "extra": {"dump": "x" * 20_000},
    }
    digested(
        directory,
        event(shop.pk, 1, payload=large),
        event(shop.pk, 2),
        event(shop.pk, 1, payload=large),
    )
    found = outcomes(shop)
    assert (
        found["error", "salvaged", ""] == found["error", "stored", ""] == found["error", "duplicate", ""] == 1
    )
    assert_balanced(shop)
    assert Issue.objects.count() == 1
    cut = Event.objects.get(event_id=spooled.hex_id("event", 1))
    assert cut.notes[0][1] == "salvaged"
    assert len(tolerant_json.dumps(references.read_one(cut.payload))) <= 4000


def test_the_envelopes_sdk_stands_in_for_the_events_own(directory: Path, shop: Project) -> None:
    meta = {"sdk": {"name": "sentry.cocoa", "version": "8.1", "settings": {"infer_ip": "auto"}}}
    digested(directory, event(shop.pk, 1, payload={"message": "m"}, meta=meta))
    stored = Event.objects.get()
    assert ["sdk", "envelope_sdk", "sentry.cocoa 8.1"] in stored.notes
    assert Issue.objects.get().user_count == 1


def test_an_event_in_a_file(directory: Path, shop: Project) -> None:
    body = events.dumps({"message": "large", "extra": {"x": "y" * 100_000}})
    large = event(shop.pk, 1, payload=b"", file=blob(directory, "1-large", body))
    lost = event(shop.pk, 2, payload=b"", file="1-lost.blob")
    digested(directory, large, lost, attachment(shop.pk, 4, b"", file=blob(directory, "2-file", b"12345")))
    assert Event.objects.get().issue.title == "large"
    assert Attachment.objects.get().size == 5
    assert outcomes(shop)["error", "invalid", "bytes_lost"] == 1
    assert list(directory.glob(f"*{files.BLOB}")) == []
    assert_balanced(shop)


def test_large_events_are_read_one_after_the_other(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = loop.dispatch

    def watched(directory: Path, project_id: int, entries: list[Entry], *rest: Any) -> bool:
        sizes.append(len(entries))
        return real(directory, project_id, entries, *rest)

    monkeypatch.setattr(loop, "dispatch", watched)
    monkeypatch.setattr(loop, "BATCH_BYTES", 250_000)
    body = events.dumps({"message": "large", "extra": {"x": "y" * 100_000}})
    large = [event(shop.pk, n, payload=b"", file=blob(directory, f"{n}-large", body)) for n in range(5)]
    held = [attachment(shop.pk, n, b"", file=blob(directory, f"{n}-file", body)) for n in range(5)]
    digested(directory, *large, *held)
    assert sizes == [2, 2, 6]
    assert Event.objects.count() == 5


def test_records_of_unknown_projects_are_dropped(
    directory: Path, shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    gone = shop.pk + 1000
    with caplog.at_level("DEBUG", "ingest"):
        digested(directory, session(gone, 1), client_report(gone, 2), attachment(gone, 3))
        digested(directory, edge_counts(4, shop.pk, gone, 2**62))
    assert set(OutcomeCount.objects.values_list("project_id", flat=True)) == {shop.pk}
    assert set(IntakeRequest.objects.values_list("project_id", flat=True)) == {shop.pk}
    assert f"dropped 3 items of project {gone}" in caplog.text
    assert "2 projects that do not exist" in caplog.text
    assert quarantined(directory) == []


def test_odd_records_of_the_edge(directory: Path, shop: Project) -> None:
    bad = [
        spooled.spooled(0, "intake", payload, n) for n, payload in enumerate((b"", b"{}", b'{"counts":[[]]}'))
    ]
    digested(directory, *bad, edge_counts(4, shop.pk), event(0, 5))
    assert outcomes(shop) == {("error", "too_large", "too_large_event"): 2}
    assert quarantined(directory) == ["event", "intake", "intake", "intake"]


@pytest.mark.parametrize("error", [DataError("odd"), ValueError("odd")])
def test_an_item_that_cannot_be_stored_is_isolated(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real = session_counts.record_updates

    def fail(project_id: int, items: list[Any], now: Any) -> Any:
        if any(b"poison" in item.data for item in items):
            raise error
        return real(project_id, items, now)

    monkeypatch.setattr(handlers.handler("session"), "stored_by", fail)
    good = [record for number in range(5) for record in (session(shop.pk, number), event(shop.pk, number))]
    digested(directory, *good[:3], session(shop.pk, 9, status="poison"), *good[3:])
    assert outcomes(shop) == {
        ("session", "accepted", ""): 6, ("session", "stored", ""): 5, ("session", "invalid", "not_storable"): 1,
        ("error", "accepted", ""): 5, ("error", "stored", ""): 5,
    }  # fmt: skip
    assert quarantined(directory) == ["session"]
    assert_balanced(shop)


def test_a_tally_that_breaks_the_fan_out_is_isolated(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tallies.fan_out

    def fail(found: list[Any]) -> None:
        if any(counts[0][0][1] == int(spooled.AT + 700) // 60 for counts, *_ in found):
            raise DataError("out of range")
        real(found)

    monkeypatch.setattr(tallies, "fan_out", fail)
    digested(directory, *[edge_counts(number, shop.pk) for number in (1, 2, 700, 4)])
    assert outcomes(shop)["error", "too_large", "too_large_event"] == 6
    assert quarantined(directory) == ["intake"]


def test_a_failing_storage_leaves_everything_in_the_spool(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write_sealed(directory, [event(shop.pk, 1), attachment(shop.pk, 1)])
    with monkeypatch.context() as patch:
        patch.setattr("issues.record.attachments.stage", lambda *_: (_ for _ in ()).throw(OSError("away")))
        with pytest.raises(OSError, match="away"):
            loop.drain(directory)
    assert outcomes(shop) == {}
    assert loop.drain(directory) == 2
    assert_balanced(shop)
    assert outcomes(shop)["attachment", "stored", ""] == 1


def statements(directory: Path, project_id: int, entries: list[Entry]) -> int:
    own = Checkpoint()
    own.begin(["one", "two"])
    with CaptureQueriesContext(connection) as queries:
        dispatch.dispatch(directory, project_id, entries, own)
    SegmentProgress.objects.all().delete()
    return len(queries)


def test_the_number_of_statements_does_not_grow(directory: Path, shop: Project) -> None:
    used = []
    # The first session of a day takes one statement more.
    for first, size in ((9000, 1), (0, 1), (1000, 10), (2000, 500)):
        numbers = range(first, first + size)
        records = [
            record
            for n in numbers
            for record in (event(shop.pk, n, f"E{n}"), session(shop.pk, n), client_report(shop.pk, n))
        ]
        entries = [
            Entry(name, index, record) for name in ("one", "two") for index, record in enumerate(records)
        ]
        used.append(statements(directory, shop.pk, entries))
    assert used[1] == used[2] == used[3] <= 38


def test_the_number_of_statements_does_not_grow_with_tallies(directory: Path, shop: Project) -> None:
    used = [
        statements(
            directory, 0, [Entry("one", number, edge_counts(number, shop.pk)) for number in range(size)]
        )
        for size in (1, 10, 500)
    ]
    # One reads what projects keep of addresses. Two more delete what is past the latest requests and count it.
    assert used[0] == used[1] == used[2] - 2 <= 10


def test_a_commit_whose_connection_was_lost_before_the_answer(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server commits a transaction of an earlier digest after this one has read its checkpoint, before it has the lock."""
    spool.write_sealed(directory, [event(shop.pk, number) for number in range(4)])
    (name,) = (path.stem for path in directory.glob("*.sealed"))
    late: Iterator[Callable[[], Any]] = iter(
        [
            lambda: SegmentProgress.objects.create(
                segment=name, project_id=shop.pk, done=3, at="2026-01-01T00:00Z"
            )
        ]
    )
    reads = []
    read = Checkpoint._read

    def begin(own: Checkpoint) -> None:
        reads.append(read(own))
        if commit := next(late, None):
            commit()

    monkeypatch.setattr(Checkpoint, "_read", begin)
    assert loop.drain(directory) == 4
    assert len(reads) == 2
    assert {row.event_id.hex for row in Event.objects.all()} == {event(shop.pk, 3).event_id}
    assert outcomes(shop) == {("error", "accepted", ""): 1, ("error", "stored", ""): 1}


def test_rows_of_a_segment_are_deleted_after_it(directory: Path, shop: Project) -> None:
    own = loop.Digest(directory)
    for number in range(3):
        spool.write_sealed(directory, [event(shop.pk, number), edge_counts(number, shop.pk)])
        assert own.claim() == 2
        assert SegmentProgress.objects.count() == 2, "only the rows of the last segment"
        assert set(SegmentProgress.objects.values_list("project_id", "done")) == {(shop.pk, 1), (0, 2)}


def test_a_failing_database_puts_nothing_into_quarantine(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write_sealed(directory, [edge_counts(1, shop.pk), session(shop.pk, 2)])
    with monkeypatch.context() as patch:
        patch.setattr(store, "add", lambda counts: (_ for _ in ()).throw(OperationalError("down")))
        with pytest.raises(OperationalError):
            loop.drain(directory)
    assert spooled.progress_rows() == []
    assert quarantined(directory) == []
    loop.drain(directory)
    assert outcomes(shop)["session", "stored", ""] == 1


def test_what_a_full_budget_leaves_out_is_in_the_ledger(
    directory: Path, shop: Project, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 1
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 100))
    number = shop.pk
    usage.add(number, {"issue": (1, 10)})
    digested(
        directory,
        event(number, 1, "A"), attachment(number, 1), user_report(number, 1), check_in(number, 2), session(number, 3),
    )  # fmt: skip
    assert outcomes(shop) == {
        **{(name, "accepted", ""): 1 for name in ("error", "attachment", "feedback", "monitor", "session")},
        **{
            (name, "filtered", "too_many_bytes"): 1
            for name in ("attachment", "feedback", "monitor", "session")
        },
        ("error", "filtered", "too_many_issues"): 1,
    }
    assert not Event.objects.exists()
    assert not list((directory.parent / "attachments").rglob("*.*"))
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count) == (0, 0)
    assert_balanced(shop)


def test_an_event_that_is_only_counted_is_in_the_ledger(
    directory: Path, shop: Project, settings: Any
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 2000
    usage.add(shop.pk, {"event": (1, 1600)})
    digested(directory, event(shop.pk, 1, "A"), event(shop.pk, 2, "A"))
    assert outcomes(shop) == {("error", "accepted", ""): 2, ("error", "filtered", "too_many_bytes"): 2}
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count) == (2, 0)
    assert Issue.objects.get().event_count == 2
    assert_balanced(shop)


def test_the_blob_of_an_attachment_that_is_left_out_is_deleted(
    directory: Path, shop: Project, settings: Any
) -> None:
    settings.RETAIN_BYTES_PER_PROJECT = 1000
    name = blob(directory, "1-file", b"x" * 5000)
    digested(directory, attachment(shop.pk, 1, b"", file=name))
    assert outcomes(shop)["attachment", "filtered", "too_many_bytes"] == 1
    assert not Attachment.objects.exists()
    assert [
        path for path in directory.parent.rglob("*") if path.is_file() and path.stat().st_size >= 5000
    ] == []


def test_what_a_batch_changed_is_in_one_row(directory: Path, shop: Project) -> None:
    """Events, and the events that failures of monitors created, are stored by different calls."""
    records = [event(shop.pk, 1, "A"), event(shop.pk, 2, "B"), event(shop.pk, 1, "A")]
    failed = spooled.spooled(shop.pk, "check_in", {"monitor_slug": "nightly", "status": "error"}, 3)
    digested(directory, *records, failed)
    found = [change.news.value for change in facts.changes_of(AlertFact.objects.get())]
    assert found == ["new", "new", "new", "monitor_failed"]


def test_when_a_key_was_last_used_is_noted(directory: Path, shop: Project) -> None:
    (first,) = keys.listed(shop)
    second = keys.create(shop, "iOS")
    digested(
        directory, edge_counts(1, shop.pk, used=[first.pk]), edge_counts(2, shop.pk, used=[first.pk, 2**40])
    )
    first.refresh_from_db()
    assert first.last_used_at == datetime.fromtimestamp(AT + 2, UTC)
    assert ProjectKey.objects.get(pk=second.pk).last_used_at is None
