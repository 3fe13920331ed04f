"""A record that takes too long costs the digest that once, and only itself."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from ingest import spool
from ingest.digest import budget, handlers, loop
from ingest.digest.marks import SUFFIX, Stage
from ingest.models import OutcomeCount
from ingest.spool import Record
from issues.models import Event
from issues.payload import read
from issues.sessions import session_counts
from tests.lib.digest_process import eventually
from tests.lib.events import dumps
from tests.lib.spooled import session, spooled

pytestmark = pytest.mark.django_db
SLOW = "takes for ever"


@pytest.fixture
def projects() -> list[Project]:
    return [Project.objects.create(name=name, slug=name) for name in ("shop", "blog")]


@pytest.fixture(autouse=True)
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "TICK", 0.02)
    monkeypatch.setitem(budget.BUDGETS, Stage.FULL, 0.2)
    monkeypatch.setitem(budget.BUDGETS, Stage.REDUCED, 0.1)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt to read a slow event was a reduced one. To read one whole takes for ever."""
    found: list[bool] = []
    real = read.read

    def slow(data: bytes, **options: Any) -> read.Occurrence:
        if SLOW.encode() in data:
            found.append(options["reduced"])
            if not options["reduced"]:
                spin()
        return real(data, **options)

    monkeypatch.setattr(read, "read", slow)
    return found


def spin() -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            sum(range(1000))
        except Exception:  # noqa: S112  what is read may be written like this
            continue
    pytest.fail("nothing ended it")


def event(project: Project, number: int, message: str = "plain") -> Record:
    payload = {"message": message, "extra": {"a": 1}, "release": "1.0"}
    return spooled(project.pk, "event", dumps(payload), number)


def outcomes() -> dict[tuple[str, str, str], int]:
    found: Counter[tuple[str, str, str]] = Counter()
    for one in OutcomeCount.objects.exclude(outcome="accepted"):
        found[one.category, one.outcome, one.reason] += one.quantity
    return dict(found)


def test_a_slow_event_is_stored_in_a_reduced_form(
    tmp_path: Path, projects: list[Project], attempts: list[bool]
) -> None:
    shop, blog = projects
    spool.write_sealed(tmp_path, [event(shop, 1), event(shop, 2, SLOW), event(blog, 3), event(shop, 4)])
    started = time.process_time()
    assert loop.drain(tmp_path) == 4
    assert time.process_time() - started < 5
    assert attempts == [False, True]
    assert Event.objects.count() == 4
    stored = Event.objects.get(release="1.0", own_title="", issue__title=SLOW)
    assert [note[1] for note in stored.notes or []] == ["salvaged", "too_costly"]
    assert outcomes() == {("error", "stored", ""): 3, ("error", "salvaged", ""): 1}
    assert os.listdir(tmp_path) in ([], ["wake"])


def test_what_has_no_reduced_form_is_set_aside(
    tmp_path: Path, projects: list[Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, blog = projects
    monkeypatch.setattr(handlers.handler("session"), "_read_by", lambda item: spin())
    spool.write_sealed(tmp_path, [session(shop.pk, 1), event(shop, 2), event(blog, 3)])
    assert loop.drain(tmp_path) == 3
    assert Event.objects.count() == 2
    assert outcomes()["session", "invalid", "too_costly"] == 1
    assert len(list((tmp_path / "quarantine").iterdir())) == 1
    assert not list(tmp_path.glob(f"*{SUFFIX}"))


def test_an_event_that_is_slow_in_its_reduced_form_is_set_aside(
    tmp_path: Path, projects: list[Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read.read
    monkeypatch.setattr(
        read, "read", lambda data, **options: spin() if SLOW.encode() in data else real(data, **options)
    )
    spool.write_sealed(tmp_path, [event(projects[0], 1, SLOW), event(projects[0], 2)])
    assert loop.drain(tmp_path) == 2
    assert outcomes() == {("error", "invalid", "too_costly"): 1, ("error", "stored", ""): 1}


def test_what_is_slow_to_store_is_found_and_set_aside(
    tmp_path: Path, projects: list[Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "STORE_SECONDS", 0.3)
    real = session_counts.record_updates

    def slow(project_id: int, items: list[Any], now: Any) -> Any:
        if any(b'"slow"' in item.data for item in items):
            spin()
        return real(project_id, items, now)

    monkeypatch.setattr(handlers.handler("session"), "stored_by", slow)
    slow_one = session(projects[0].pk, 1, slow=True)
    spool.write_sealed(tmp_path, [event(projects[0], 2), slow_one, event(projects[0], 3)])
    assert loop.drain(tmp_path) == 3
    assert outcomes() == {("session", "invalid", "too_costly"): 1, ("error", "stored", ""): 2}


@pytest.mark.django_db(transaction=True)
def test_a_slow_record_costs_its_time_once_even_if_the_digest_is_killed(
    tmp_path: Path, projects: list[Project], attempts: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(budget.BUDGETS, Stage.FULL, 15.0)
    spool.write_sealed(tmp_path, [event(projects[0], 1), event(projects[0], 2, SLOW), event(projects[1], 3)])
    connection.close()
    child = os.fork()
    if not child:
        try:
            loop.drain(tmp_path)
        finally:
            os._exit(1)
    eventually(lambda: any(path.stat().st_size for path in tmp_path.glob(f"*{SUFFIX}")))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert attempts == []
    assert loop.drain(tmp_path) == 3
    assert attempts == [True]  # not tried whole again
    assert Event.objects.count() == 3
    assert not list(tmp_path.glob(f"*{SUFFIX}"))


def test_a_record_that_was_slow_but_was_read_is_read_whole_again(
    tmp_path: Path, projects: list[Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read.read

    def slow(data: bytes, **options: Any) -> read.Occurrence:
        busy(0.1)
        return real(data, **options)

    monkeypatch.setattr(read, "read", slow)
    spool.write_sealed(tmp_path, [event(projects[0], 1)])
    (segment,) = spool.Backlog(tmp_path).claim(1)
    marks = loop.Marks(tmp_path)
    with segment.segment, budget.ticking(marks):
        ((index, record),) = segment.segment.records()
        entry = loop.Entry(segment.segment.path.stem, index, record)
        budget.watch.now = entry
        slow(record.payload, event_id=record.event_id, received_at=handlers.records.received_at(record))
        budget.watch.now = None
        assert marks.stage(entry) is Stage.REDUCED
        marks.ended(entry, Stage.FULL)
    again = loop.Marks(tmp_path)
    again.load([entry.segment])
    assert again.stage(entry) is Stage.FULL


def test_slow_records_of_one_project_do_not_hold_back_others(
    tmp_path: Path, projects: list[Project], attempts: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, blog = projects
    monkeypatch.setattr(loop, "TURN_SECONDS", 0.5)
    spool.write_sealed(tmp_path, [event(shop, number, SLOW) for number in range(10)])
    spool.write_sealed(tmp_path, [event(blog, 100), event(shop, 10), event(shop, 11, SLOW)])
    digest = loop.Digest(tmp_path)
    digest.claim()
    first = attempts.count(False)
    assert 2 <= first <= 4  # each takes 0.2 s, at least
    spool.write_sealed(tmp_path, [event(blog, 101)])
    digest.claim()
    assert Event.objects.filter(project=blog).count() == 2
    assert first + 2 <= attempts.count(False) <= first + 4
    while digest.claim() is not None:
        pass
    assert attempts.count(False) == attempts.count(True) == 11  # each of them once
    assert Event.objects.filter(project=shop).count() == 12
    numbers = Event.objects.filter(project=shop).order_by("ingested_at").values_list("pk", flat=True)
    assert list(numbers) == sorted(numbers)
    assert outcomes() == {("error", "stored", ""): 3, ("error", "salvaged", ""): 11}
    assert not [path for path in tmp_path.iterdir() if path.name != "wake"]


@pytest.mark.parametrize("size", [100, loop.BATCH_BYTES])
def test_what_is_not_quite_slow_does_not_hold_back_others_either(
    tmp_path: Path, projects: list[Project], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    shop, blog = projects
    monkeypatch.setattr(loop, "TURN_SECONDS", 0.25)
    real = read.read
    times: list[int] = []

    def rather_slow(data: bytes, **options: Any) -> read.Occurrence:
        if SLOW.encode() in data:
            times.append(1)
            busy(0.1)
        return real(data[:100], **options)

    monkeypatch.setattr(read, "read", rather_slow)
    # Large ones are a batch each.
    waiting = [event(shop, number, SLOW) for number in range(9)]
    for record in waiting:
        record.payload += b" " * size
    spool.write_sealed(tmp_path, waiting)
    digest = loop.Digest(tmp_path)
    digest.claim()
    assert 2 <= len(times) <= 4
    spool.write_sealed(tmp_path, [event(blog, 100)])
    digest.claim()
    assert Event.objects.filter(project=blog).count() == 1
    assert len(times) < 9
    while digest.claim() is not None:
        pass
    assert Event.objects.filter(project=shop).count() == len(times) == 9
    assert outcomes() == {("error", "stored", ""): 10}


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_outside_of_the_main_thread_there_is_no_budget(tmp_path: Path) -> None:
    done: list[bool] = []

    def work() -> None:
        with budget.ticking(loop.Marks(tmp_path)):
            budget.watch.now = budget.Attempt(0.0)
            busy(0.1)
            budget.watch.now = None
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_nothing_is_left_of_the_timer(tmp_path: Path) -> None:
    before = signal.getitimer(signal.ITIMER_PROF)
    with budget.ticking(loop.Marks(tmp_path)):
        assert signal.getitimer(signal.ITIMER_PROF)[1] == pytest.approx(budget.TICK, abs=0.01)
    assert signal.getitimer(signal.ITIMER_PROF) == before
    busy(0.1)  # a late signal must not end the process
