from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection

from accounts.models import Project
from ingest import spool
from ingest.digest import handlers
from ingest.digest import loop as digest
from ingest.spool import Record, files
from issues.models import Event, Issue
from issues.payload.read import Occurrence
from issues.record import writer
from tests.lib import events
from tests.lib.digest_process import digest_process, eventually
from tests.lib.spooled import assert_balanced, edge_counts, outcomes, session, set_aside

Write = Callable[..., list[writer.Change]]


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    return tmp_path / "spool"


def record(project: int, payload: bytes | None = None, *, event_id: str | None = None, **over: Any) -> Record:
    event_id = event_id or uuid4().hex
    if payload is None:
        payload = events.dumps(events.python_event(1, event_id=event_id))
    values = {
        "kind": "event",
        "received_at": time.time(),
        "remote_addr": "192.0.2.1",
        "sent_at": None,
        **over,
    }
    return Record(project_id=project, event_id=event_id, payload=payload, **values)


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.suffix in {files.OPEN, files.SEALED})


def test_what_was_spooled_is_stored(directory: Path, shop: Project) -> None:
    records = [record(shop.pk) for _ in range(5)]
    spool.write_sealed(directory, records[:3])
    spool.write_sealed(directory, records[3:])
    assert digest.drain(directory) == 5
    assert {event.event_id.hex for event in Event.objects.all()} == {one.event_id for one in records}
    assert Issue.objects.get().event_count == 5
    assert left(directory) == []
    assert digest.drain(directory) == 0


def test_projects_do_not_mix(directory: Path, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    records = [record(project.pk) for project in (shop, other, shop)]
    spool.write_sealed(directory, records)
    digest.drain(directory)
    assert shop.events.count() == 2
    assert other.events.get().event_id.hex == records[1].event_id


def test_the_times_of_the_request_count(directory: Path, shop: Project) -> None:
    # The client's clock is two hours slow, as sent_at shows.
    now = time.time()
    spool.write_sealed(
        directory,
        [
            record(
                shop.pk,
                events.dumps(events.python_event(1, timestamp=now - 7260)),
                received_at=now,
                sent_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 7200)),
            ),
            record(
                shop.pk,
                events.dumps(events.python_event(1, timestamp=now)),
                received_at=now,
                sent_at="nonsense",
            ),
        ],
    )
    digest.drain(directory)
    for event in Event.objects.all():
        assert abs(event.ingested_at.timestamp() - now) < 0.001
        assert now - 65 < event.timestamp.timestamp() <= now + 1


@pytest.mark.parametrize("payload", [b"", b"nonsense", b"[1]", b'{"a":', b"\xff\x00"])
def test_what_is_not_an_event_goes_into_quarantine(directory: Path, shop: Project, payload: bytes) -> None:
    good, bad = record(shop.pk), record(shop.pk, payload)
    spool.write_sealed(directory, [bad, good])
    digest.drain(directory)
    assert Event.objects.get().event_id.hex == good.event_id
    (reason,) = set_aside(directory)
    assert reason["event_id"] == bad.event_id
    assert "Unreadable" in reason["reason"]
    assert reason["payload"] == payload
    assert left(directory) == []


def test_an_unknown_kind_goes_into_quarantine(directory: Path, shop: Project) -> None:
    spool.write_sealed(directory, [record(shop.pk, kind="hologram")])
    digest.drain(directory)
    assert "hologram" in set_aside(directory)[0]["reason"]


def failing(monkeypatch: pytest.MonkeyPatch, fail: Callable[[int, Sequence[Occurrence]], None]) -> None:
    """Call `fail`, which may raise, before events are stored."""
    real = writer.store

    def store_or_fail(project_id: int, occurrences: Sequence[Occurrence], *rest: Any) -> list[writer.Change]:
        fail(project_id, occurrences)
        return real(project_id, occurrences, *rest)

    monkeypatch.setattr(handlers.handler("event"), "stored_by", store_or_fail)


@pytest.mark.parametrize(
    "error", [ValueError("odd"), DataError("odd"), IntegrityError("odd"), RecursionError("odd")]
)
def test_a_poisoned_event_is_isolated(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    records = [record(shop.pk) for _ in range(7)]
    poison = records[3].event_id

    def fail(project_id: int, occurrences: Sequence[Occurrence]) -> None:
        if any(occurrence.event_id == poison for occurrence in occurrences):
            raise error

    failing(monkeypatch, fail)
    spool.write_sealed(directory, records)
    digest.drain(directory)
    assert {event.event_id.hex for event in Event.objects.all()} == {one.event_id for one in records} - {
        poison
    }
    (reason,) = set_aside(directory)
    assert reason["event_id"] == poison
    assert reason["reason"] == f"{type(error).__name__}: odd"
    assert left(directory) == []


@pytest.mark.parametrize("error", [OperationalError("down"), ProgrammingError("no such table")])
def test_while_the_database_fails_everything_stays_in_the_spool(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    down = True

    def fail(project_id: int, occurrences: Sequence[Occurrence]) -> None:
        if down and project_id == other.pk:
            raise error

    failing(monkeypatch, fail)
    spool.write_sealed(directory, [record(shop.pk), record(other.pk)])
    for _ in range(2):
        with pytest.raises(type(error)):
            digest.drain(directory)
        assert len(left(directory)) == 1
    assert set_aside(directory) == []
    down = False
    digest.drain(directory)
    assert shop.events.count() == other.events.count() == 1
    assert left(directory) == []


def test_a_crash_between_commit_and_settle_adds_nothing(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.write_sealed(directory, [record(shop.pk) for _ in range(3)])

    def crash(segment: spool.Segment) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(spool.Segment, "settle", crash)
        with pytest.raises(KeyboardInterrupt):
            digest.drain(directory)
    assert Event.objects.count() == 3
    assert len(left(directory)) == 1
    digest.drain(directory)
    assert Event.objects.count() == 3
    issue = Issue.objects.get()
    assert (issue.event_count, issue.stored_event_count) == (3, 3)
    shop.refresh_from_db()
    assert (shop.digested_event_count, shop.stored_event_count, shop.last_digest_order) == (3, 3, 1)
    assert left(directory) == []


def test_the_same_id_twice_is_stored_once(directory: Path, shop: Project) -> None:
    spool.write_sealed(directory, [record(shop.pk, event_id="a" * 32)] * 2)
    spool.write_sealed(directory, [record(shop.pk, event_id="a" * 32)])
    digest.drain(directory)
    assert Issue.objects.get().event_count == Event.objects.count() == 1


def test_events_of_a_deleted_project_are_dropped(
    directory: Path, shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    gone = shop.pk + 1000
    spool.write_sealed(directory, [record(gone), record(shop.pk), record(gone)])
    with caplog.at_level("INFO"):
        digest.drain(directory)
    assert Event.objects.count() == 1
    assert f"dropped 2 items of project {gone}" in caplog.text
    assert left(directory) == []


def test_batches_are_bounded(directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    failing(monkeypatch, lambda project_id, occurrences: sizes.append(len(occurrences)))
    monkeypatch.setattr(digest, "BATCH_RECORDS", 4)
    monkeypatch.setattr(digest, "BATCH_BYTES", 50_000)
    small = [record(shop.pk) for _ in range(6)]
    large = [record(shop.pk, b'{"extra":"' + b"x" * 30_000 + b'"}') for _ in range(3)]
    spool.write_sealed(directory, [*small, *large])
    digest.drain(directory)
    assert sizes == [4, 3, 1, 1]
    assert Event.objects.count() == 9


class TestCommand:
    def test_once_drains_orphans_too_and_leaves_nothing(self, directory: Path, shop: Project) -> None:
        spool.write_sealed(directory, [record(shop.pk), record(shop.pk, b"nonsense")])
        (directory / f"0-orphan{files.OPEN}").write_bytes(
            record(shop.pk).encode() + record(shop.pk).encode()[:-1]
        )
        (directory / f"0-empty{files.OPEN}").touch()
        call_command("digest", once=True)
        assert Event.objects.count() == 2
        remaining = [
            path for path in directory.rglob("*") if path.is_file() and "quarantine" not in path.parts
        ]
        assert [path for path in remaining if path.stat().st_size > 64] == []
        call_command("digest", once=True)

    def test_once_without_a_spool(self, directory: Path, db: None) -> None:
        call_command("digest", once=True)

    def test_once_gives_up_after_some_attempts(
        self, directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(project_id: int, occurrences: Sequence[Occurrence]) -> None:
            raise OperationalError("down")

        failing(monkeypatch, down)
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
        monkeypatch.setattr(connection, "close", lambda: None)  # it holds this test's transaction
        spool.write_sealed(directory, [record(shop.pk)])
        with pytest.raises(CommandError, match="down"):
            call_command("digest", once=True)
        assert len(left(directory)) == 1


@pytest.fixture
def loop(directory: Path, transactional_db: None) -> Iterator[digest.DigestLoop]:
    loop = digest.DigestLoop(directory)

    def run() -> None:
        try:
            loop.run()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield loop
    loop.stop()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_the_loop_wakes_at_once(directory: Path, loop: digest.DigestLoop, shop: Project) -> None:
    for number in range(3):
        spool.write_sealed(directory, [record(shop.pk)])
        assert eventually(lambda number=number: Event.objects.count() == number + 1) < 1
    eventually(lambda: left(directory) == [])


@pytest.mark.django_db(transaction=True)
def test_the_loop_recovers_orphans_while_it_runs(
    directory: Path, loop: digest.DigestLoop, shop: Project
) -> None:
    (directory / f"0-orphan{files.OPEN}").write_bytes(record(shop.pk).encode())
    eventually(lambda: Event.objects.count() == 1)


@pytest.mark.django_db(transaction=True)
def test_the_loop_survives_failures(
    directory: Path, loop: digest.DigestLoop, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception] = [
        OperationalError("down"),
        OperationalError("still down"),
        OSError("a full disk"),
    ]

    def fail(project_id: int, occurrences: Sequence[Occurrence]) -> None:
        if errors and not isinstance(errors[-1], OSError):
            raise errors.pop()

    failing(monkeypatch, fail)
    errors.pop()
    spool.write_sealed(directory, [record(shop.pk)])
    eventually(lambda: Event.objects.count() == 1)
    assert errors == []
    assert set_aside(directory) == []


@pytest.mark.django_db(transaction=True)
def test_several_digests_share_a_spool_and_may_be_killed(directory: Path, shop: Project) -> None:
    records = [record(shop.pk) for _ in range(600)]
    pay = Project.objects.create(name="Pay", slug="pay")
    for start in range(0, 600, 20):
        others = [
            edge_counts(start, pay.pk, shop.pk),
            session(shop.pk, start),
            session(pay.pk, start),
            records[start],
        ]
        spool.write_sealed(directory, [*records[start : start + 20], *others], fsync=False)
    victims = [digest_process(directory) for _ in range(2)]
    try:
        eventually(lambda: Event.objects.exists())
    finally:
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
            victim.wait()
    workers = [digest_process(directory) for _ in range(2)]
    try:
        eventually(lambda: Event.objects.count() == 600)
        eventually(lambda: left(directory) == [])
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        # The other digest may have finished everything before this one handled signals.
        assert {worker.wait(10) for worker in workers} <= {0, -signal.SIGTERM}
    assert {event.event_id.hex for event in Event.objects.all()} == {one.event_id for one in records}
    issue = Issue.objects.get()
    assert (issue.event_count, issue.stored_event_count) == (600, 600)
    assert sorted(Event.objects.values_list("digest_order", flat=True)) == list(range(1, 601))
    assert set_aside(directory) == []
    assert outcomes(shop) == {
        ("error", "accepted", ""): 630, ("error", "stored", ""): 600, ("error", "duplicate", ""): 30,
        ("session", "accepted", ""): 30, ("session", "stored", ""): 30, ("error", "too_large", "too_large_event"): 60,
    }  # fmt: skip
    counted = {key: quantity for key, quantity in outcomes(shop).items() if key[1] != "duplicate"}
    assert outcomes(pay).items() <= counted.items()
    assert_balanced(shop, pay)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_cleanly(directory: Path, number: signal.Signals) -> None:
    process = digest_process(directory)
    eventually(lambda: (directory / "wake").exists())
    time.sleep(0.2)
    process.send_signal(number)
    # It takes well under a second; the rest is for a machine that is busy with other tests.
    assert process.wait(10) == 0


@pytest.mark.django_db(transaction=True)
def test_commits_reach_the_disk_before_a_segment_is_deleted(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's commits reach the disk by default")
    seen: list[int] = []
    settle = spool.Segment.settle

    def look(segment: spool.Segment) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            seen.append(cursor.fetchone()[0])
        settle(segment)

    monkeypatch.setattr(spool.Segment, "settle", look)
    spool.write_sealed(directory, [record(shop.pk)])
    digest.drain(directory)
    assert seen == [2]
