"""Several digest processes on one spool and on several, with both databases."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Project
from ingest.digest import loop
from ingest.spool import Record, files
from issues.lock import lock_project
from issues.models import Event, Issue
from tests.lib.digest_process import digest_process
from tests.lib.events import dumps
from tests.lib.spooled import (
    assert_balanced,
    attachment,
    check_in,
    client_report,
    edge_counts,
    event,
    session,
    tables,
    user_report,
    write_all,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

TITLES = ["Alpha", "Beta", "Gamma"]


@pytest.fixture
def projects(db: None) -> list[Project]:
    return [Project.objects.create(name=name, slug=name.lower()) for name in ("A", "B", "C", "D", "E")]


def told(project: Project, number: int) -> Record:
    body = {
        "exception": {"values": [{"type": TITLES[number % 3], "value": "v"}]},
        "user": {"id": number % 17},
        "tags": {"shard": str(number % 4)},
        "extra": {"pad": "the same in every event " * 30, "number": number},
    }
    return event(project.pk, number, payload=dumps(body))


def everything(projects: list[Project]) -> list[list[Record]]:
    """Some thousand records: segments of one project, segments of all, and duplicates within and across them."""
    segments = []
    for start in range(0, 100, 20):
        for project in projects:
            segments.append([told(project, number) for number in range(start, start + 20)])
        mixed = [
            told(project, number) for number in range(1000 + start, 1020 + start) for project in projects
        ]
        for project in projects:
            pk = project.pk
            mixed += [
                told(project, start),
                attachment(pk, start),
                session(pk, start),
                check_in(pk, start),
                client_report(pk, start),
                user_report(pk, start),
            ]
        segments.append([*mixed, edge_counts(start, *(project.pk for project in projects)), *mixed[:10]])
    return segments


def orders(records: list[dict[str, Any]], key: str) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for row in records:
        found.setdefault(row[key], []).append(row["digest_order"])
    return found


def assert_gapless() -> None:
    for rows, key in ((Issue.objects, "project_id"), (Event.objects, "issue_id")):
        for numbers in orders(list(rows.values(key, "digest_order")), key).values():
            assert sorted(numbers) == list(range(1, len(numbers) + 1))


# If two digests have one event each of an issue, it is chance which becomes the first.
CHANCE = {"requests", "events", "issues", "payloads"}


def counted() -> dict[str, Any]:
    found = tables()
    return {
        **{name: rows for name, rows in found.items() if name not in CHANCE},
        "issues": sorted(
            Issue.objects.values_list(
                "project_id", "title", "event_count", "stored_event_count", "user_count"
            )
        ),
        "events": sorted(Event.objects.values_list("project_id", "event_id", "issue__title")),
        "payloads": found["payloads"],
    }


@contextmanager
def digests(*directories: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run a digest process for each of the spools."""
    processes = [digest_process(directory) for directory in directories]
    try:
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(20)


def drained(*directories: Path, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while any(files.named(directory, files.SEALED) for directory in directories):
        assert time.monotonic() < until, "the digests do not finish"
        time.sleep(0.05)


def emptied(projects: list[Project]) -> None:
    """Delete everything that was ever sent."""
    slugs = [(project.pk, project.name, project.slug) for project in projects]
    Project.objects.filter(pk__in=[pk for pk, _, _ in slugs]).delete()
    for pk, name, slug in slugs:
        Project.objects.create(pk=pk, name=name, slug=slug)


@pytest.mark.parametrize(("count", "killed"), [(3, False), (4, True)])
def test_any_number_of_digests_has_the_same_result(
    tmp_path: Path, settings: Any, projects: list[Project], count: int, killed: bool
) -> None:
    segments = everything(projects)
    directory = tmp_path / "spool"
    settings.INGEST_DIR = directory
    write_all(directory, segments)
    loop.drain(directory)
    expected = counted()
    assert len(expected["events"]) == 1000
    emptied(projects)

    write_all(directory, segments)
    with digests(*[directory] * count) as processes:
        if killed:
            while not Event.objects.exists():
                time.sleep(0.005)
            for process in processes[:2]:
                process.send_signal(signal.SIGKILL)
        drained(directory)
    assert counted() == expected
    assert_gapless()
    assert_balanced(*projects)
    assert list(directory.glob("quarantine/*")) == []


def test_machines_with_spools_of_their_own_share_a_database(
    tmp_path: Path, settings: Any, projects: list[Project]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("several machines need PostgreSQL")
    segments = everything(projects)
    alone = tmp_path / "alone"
    settings.INGEST_DIR = alone
    write_all(alone, segments)
    loop.drain(alone)
    expected = counted()
    emptied(projects)

    machines = [tmp_path / name for name in ("one", "two", "three")]
    for number, machine in enumerate(machines):
        write_all(machine, segments[number::3])
    with digests(*machines, machines[0]):
        drained(*machines)
    assert counted() == expected
    assert_gapless()
    assert_balanced(*projects)


def test_a_locked_project_does_not_delay_others(
    tmp_path: Path, settings: Any, projects: list[Project]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    directory = tmp_path / "spool"
    settings.INGEST_DIR = directory
    first, second = projects[:2]
    with digests(directory, directory):
        with transaction.atomic():
            lock_project(first.pk)
            write_all(directory, [[told(first, 1)]])
            until = time.monotonic() + 90
            while files.named(directory, files.SEALED) and not _waits_for_lock():
                assert time.monotonic() < until
                time.sleep(0.02)
            write_all(directory, [[told(second, number)] for number in range(5)])
            while Event.objects.filter(project=second).count() < 5:
                assert time.monotonic() < until
                time.sleep(0.02)
            assert not Event.objects.filter(project=first).exists()
        drained(directory)
    assert Event.objects.filter(project=first).count() == 1


def _waits_for_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchone()[0])
