"""At whatever step a digest is killed, its successor completes what an undisturbed digest would have done."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Project
from ingest import spool
from ingest.digest import dispatch, handlers, loop
from ingest.digest.checkpoint import Checkpoint
from ingest.ledger import latest_requests, store
from ingest.spool import Record
from ingest.spool.quarantine_writer import Quarantine
from issues.models import AlertRule
from issues.record import attachments
from tests.lib.events import dumps
from tests.lib.spooled import (
    AT,
    assert_balanced,
    attachment,
    check_in,
    client_report,
    edge_counts,
    event,
    progress_rows,
    session,
    set_aside,
    spooled,
    tables,
    user_report,
)  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.long]


class Killed(BaseException):
    """Stands for a killed process."""


class Faults:
    """Raises before or after the `n`th step of a digest."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.error: BaseException = Killed()
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise self.error


_STEPS: list[tuple[Any, str]] = [
    (loop, "_commit_to_disk"), (Checkpoint, "begin"), (dispatch, "unpack"), (dispatch, "lock_project"),
    (Checkpoint, "advance"), (handlers.handler("event"), "stored_by"), (attachments, "stage"), (handlers.handler("attachment"), "stored_by"), (store, "add"),
    (latest_requests, "add"), (Checkpoint, "committed"), (spool.Segment, "settle"), (Checkpoint, "settled"),
    (Quarantine, "keep"), (Quarantine, "sync"),
]  # fmt: skip


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Has every step of the digest call `step` before and after it."""
    found = Faults()

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            found.step()
            result = real(*arguments, **named)
            found.step()
            return result

        return step

    for owner, name in _STEPS:
        monkeypatch.setattr(owner, name, watched(getattr(owner, name)))
    return found


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BATCH_RECORDS", 3)
    monkeypatch.setattr(loop, "CLAIM_BYTES", 3000)


@contextmanager
def installation() -> Iterator[tuple[Path, list[Project]]]:
    """A spool and two projects, deleted afterwards."""
    root = Path(tempfile.mkdtemp())
    location = {"OPTIONS": {"location": str(root / "attachments")}}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", **location}
    try:
        with override_settings(STORAGES={**settings.STORAGES, "attachments": backend}), transaction.atomic():
            numbers = {"shop": 900_001, "pay": 900_002}
            projects = [Project.objects.create(pk=pk, name=name, slug=name) for name, pk in numbers.items()]
            AlertRule.objects.create(project=projects[0], name="Escalating", watches_volume=True)
            yield root / "spool", projects
            transaction.set_rollback(True)
    finally:
        shutil.rmtree(root)


def spooled_up(directory: Path, segments: list[list[Record]]) -> None:
    for records in segments:
        spool.write_sealed(directory, records, fsync=False)


def digested(directory: Path) -> dict[str, Any]:
    loop.drain(directory)
    assert list(directory.glob("*.sealed")) == []
    aside = sorted((one["event_id"], one["kind"], one["reason"]) for one in set_aside(directory))
    return {**tables(), "quarantine": aside}


SHOP, PAY = 900_001, 900_002
MIXED = [
    [event(SHOP, 1), event(PAY, 1), attachment(SHOP, 1), session(SHOP, 2), edge_counts(3, SHOP, PAY), event(SHOP, 1)],
    [event(SHOP, 4, payload=b"nonsense"), client_report(PAY, 5), event(SHOP, 1), user_report(PAY, 1)],
    [event(PAY, 1), check_in(SHOP, 6), spooled(PAY, "hologram", b"", 7), event(SHOP, 8, "Another"), event(5, 9)],
]  # fmt: skip


@pytest.mark.parametrize("error", [Killed(), OperationalError("the answer was lost"), OSError("a full disk")])
def test_a_fault_at_any_step_changes_nothing(faults: Faults, error: BaseException) -> None:
    with installation() as (directory, projects):
        spooled_up(directory, MIXED)
        faults.steps = 0
        expected = digested(directory)
        steps = faults.steps
        assert_balanced(*projects)
    assert steps > 100
    assert expected["quarantine"] != []
    assert {key[1] for key, _ in expected["facts"]} == {"new", "events", "people"}
    for place in range(0, steps, 1 if isinstance(error, Killed) else 5):
        with installation() as (directory, projects):
            spooled_up(directory, MIXED)
            faults.left, faults.error = place, error
            # A digest that survives the fault continues with what it knows, as the loop does.
            own = loop.Digest(directory)
            with suppress(type(error)):
                while own.claim() is not None:
                    pass
            if not isinstance(error, Killed):
                while own.claim() is not None:
                    pass
            assert digested(directory) == expected, f"step {place}"
            faults.left = None
            assert_balanced(*projects)


RECORDS = st.one_of(
    st.builds(event, st.sampled_from([SHOP, PAY, 5]), st.integers(1, 6), st.sampled_from("AB")),
    st.builds(session, st.sampled_from([SHOP, PAY]), st.integers(1, 6)),
    st.builds(client_report, st.just(SHOP), st.integers(1, 100), st.integers(1, 5)),
    st.builds(edge_counts, st.integers(1, 200), st.just(SHOP), st.just(PAY)),
    st.builds(attachment, st.just(PAY), st.integers(1, 6)),
    st.builds(user_report, st.just(PAY), st.integers(1, 6)),
    st.just(event(SHOP, 50, payload=b"[]")),
)
SEGMENTS = st.lists(st.lists(RECORDS, min_size=1, max_size=8), min_size=1, max_size=4)


@given(
    segments=SEGMENTS,
    crashes=st.lists(st.integers(0, 150), max_size=6),
    stops=st.lists(st.booleans(), max_size=10),
)
@examples(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_any_records_and_any_crashes(
    faults: Faults, segments: list[list[Record]], crashes: list[int], stops: list[bool]
) -> None:
    with installation() as (directory, projects):
        spooled_up(directory, segments)
        expected = digested(directory)
        assert_balanced(*projects)
    with installation() as (directory, projects):
        spooled_up(directory, segments)
        for crash in crashes:
            faults.left = crash
            asked = iter(stops)
            with suppress(Killed):
                loop.Digest(directory).claim(lambda asked=asked: next(asked, False))
            faults.left = None
        assert digested(directory) == expected
        assert_balanced(*projects)
        for name, _, _ in progress_rows():
            assert not (directory / f"{name}.sealed").exists()


def told(project: int, number: int, title: str, hour: int, rich: bool, release: str) -> Record:
    """An event that changes every row that an event can change."""
    body = {
        "exception": {"values": [{"type": title, "value": "v"}]},
        "platform": "python",
        "user": {"id": number % 3},
        "release": release,
        "environment": "staging" if number % 2 else "production",
        "tags": {"shard": str(number % 4)},
        "level": "warning" if number % 5 == 0 else "error",
        "extra": {"pad": f"{title} and what it said " * (40 if rich else 1), "number": number},
    }
    return event(project, number, payload=dumps(body), received_at=AT + 3600 * hour + number)


TOLD = st.builds(
    told, st.sampled_from([SHOP, PAY]), st.integers(1, 40), st.sampled_from("AB"), st.integers(0, 1), st.booleans(),
    st.sampled_from(["shop@1", "shop@2"]),
)  # fmt: skip


@given(
    records=st.lists(TOLD, min_size=1, max_size=40),
    again=st.lists(st.integers(0, 39), max_size=10),
    cuts=st.lists(st.integers(1, 8), min_size=1, max_size=6),
    crashes=st.lists(st.integers(0, 150), max_size=4),
    noisy=st.booleans(),
)
@examples(
    max_examples=100, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_each_event_is_stored_once_across_crashes_and_duplicates(
    faults: Faults,
    settings: Any,
    records: list[Record],
    again: list[int],
    cuts: list[int],
    crashes: list[int],
    noisy: bool,
) -> None:
    def limited() -> None:
        if noisy:  # two events of an issue and hour are stored for certain, the next are sampled
            Project.objects.update(noisy_issue_percent=1, max_events_per_hour=200)

    once: dict[tuple[int, str], Record] = {}
    for record in records:
        once.setdefault((record.project_id, record.event_id), record)
    with installation() as (directory, _):
        limited()
        for record in once.values():
            spooled_up(directory, [[record]])
            loop.drain(directory)
        expected = digested(directory)
    with installation() as (directory, projects):
        limited()
        sent = [*records, *(records[place % len(records)] for place in again)]
        segments = []
        while sent:
            size = cuts[len(segments) % len(cuts)]
            segments.append(sent[:size])
            sent = sent[size:]
        spooled_up(directory, segments)
        for crash in crashes:
            faults.left = crash
            with suppress(Killed):
                loop.Digest(directory).claim()
            faults.left = None
        found = digested(directory)
        assert_balanced(*projects)
    del expected["ledger"], found["ledger"]  # it knows the duplicates
    assert found == expected
