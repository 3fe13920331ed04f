"""A process with a database of its own, whose digest is measured: `python -m tests.bench.digest_worker`.

Reads one order per line of stdin, as JSON, and answers each with a line: see tests.bench.digest.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

DISTINCT = 0
_serial = count()


def _record(kind: str, project: int, issues: int) -> Any:
    from ingest.spool import Record
    from tests.bench import payloads

    number = next(_serial)
    event = payloads.spooled(kind, number)
    name = b"issue %d" % (number % issues if issues != DISTINCT else number)
    return Record(
        "event", project, uuid4().hex, time.time(), "192.0.2.1", None, event.replace(b"@ISSUE@", name)
    )


def _process_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Worker:
    """The database and the spool of this process's environment, and a project."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.core.management import call_command

        from accounts.models import Project

        call_command("migrate", verbosity=0)
        self.project = Project.objects.create(name="Bench", slug="bench")
        self.spool = Path(settings.INGEST_DIR)

    def run(self, *, events: int, batch: int, kind: str, issues: int) -> dict[str, float]:
        """Digest `events` events in batches of `batch`. Returns seconds of wall clock, of CPU here and in PostgreSQL."""
        from django.db import connection

        from ingest import spool
        from ingest.digest import loop

        for start in range(0, events, batch):
            records = [_record(kind, self.project.pk, issues) for _ in range(min(batch, events - start))]
            spool.write_sealed(self.spool, records, fsync=False)
        loop.BATCH_RECORDS = batch
        server = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                server = int(cursor.fetchone()[0])
        theirs = _process_seconds(server) if server else 0.0
        mine, wall = time.process_time(), time.perf_counter()
        done = loop.drain(self.spool)
        wall, mine = time.perf_counter() - wall, time.process_time() - mine
        assert done == events, f"{done} of {events}"
        return {
            "seconds": wall,
            "cpu": mine,
            "server": _process_seconds(server) - theirs if server else 0.0,
        }

    def rules(self, *, count: int) -> dict[str, float]:
        """Give the project so many alert rules, of which one watches how many events each issue has, and no facts."""
        from accounts.models import Project
        from issues.models import AlertFact, AlertRule

        Project.objects.filter(pk=self.project.pk).update(alerts_set_up=True)
        AlertRule.objects.all().delete()
        for number in range(count):
            AlertRule.objects.create(project=self.project, name=f"Rule {number}", watches_volume=number == 0)
        facts, _ = AlertFact.objects.all().delete()
        return {"facts": facts}

    def large(self, *, events: int, size: int) -> dict[str, float]:
        """Digest `events` events of `size` bytes. Returns the memory before and at the peak, in MiB."""
        from ingest import spool
        from ingest.digest import loop
        from ingest.spool import Record

        pad = os.urandom(size // 8).hex()
        for number in range(events):
            body = {"exception": {"values": [{"type": "Large", "value": str(number)}]}, "extra": {}}
            # Values of many lengths, as SDKs send them.
            body["extra"] = {f"key{n}": pad[n : n + 500] for n in range(0, len(pad) * 4 - 500 * 4, 520)}
            data = json.dumps(body).encode()
            record = Record("event", self.project.pk, uuid4().hex, time.time(), None, None, data)
            spool.write_sealed(self.spool, [record], fsync=False)
        before = _resident()
        loop.drain(self.spool)
        return {"before": before, "most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}

    def fill(self, *, events: int) -> dict[str, float]:
        """Store `events` small events of 10,000 issues, as the digest does."""
        started = time.perf_counter()
        for start in range(0, events, 10_000):
            self.run(events=min(10_000, events - start), batch=500, kind="small", issues=10_000)
        return {"seconds": time.perf_counter() - started, "bytes": self.size()["bytes"]}

    def retain(self, *, events: int) -> dict[str, Any]:
        """Store so many events, then evict half of them and delete the project while another process digests: for how
        many milliseconds each transaction kept a digest out, by what it was part of."""
        from django.db import connection

        from accounts.models import Project
        from issues.retention import batches, deletion
        from issues.retention.events import POLICY
        from rustrak.lib import clock
        from rustrak.management.commands.retain import _shrink_file

        for start in range(0, events, 10_000):
            self.run(events=min(10_000, events - start), batch=500, kind="small", issues=2000)
        Project.objects.filter(pk=self.project.pk).update(retain_events=events // 2)
        other = Project.objects.create(name="Busy", slug="busy")
        found: dict[str, Any] = {"bytes before": self.size()["bytes"]}
        with self._busy(other.pk):
            with holds() as found["evict"]:
                batches.enforce(POLICY, clock.now())
            Project.objects.filter(pk=self.project.pk).update(deleting_at=clock.now())
            with holds() as found["delete a project"]:
                deletion.delete_marked()
            if connection.vendor == "sqlite":
                with holds() as found["give space back"]:
                    _shrink_file()
        found["bytes after"] = self.size()["bytes"]
        return found

    @contextmanager
    def _busy(self, project: int) -> Iterator[None]:
        """While inside, another process digests small batches of `project`."""
        from ingest import spool

        process = subprocess.Popen([sys.executable, "manage.py", "digest"])
        stop = threading.Event()

        def feed() -> None:
            while not stop.wait(0.05):
                spool.write_sealed(
                    self.spool, [_record("small", project, 50) for _ in range(20)], fsync=False
                )

        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            yield
        finally:
            stop.set()
            feeder.join()
            process.terminate()
            process.wait(20)

    def size(self) -> dict[str, float]:
        """The size of the database in bytes, with its indexes."""
        from django.conf import settings
        from django.db import connection

        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_database_size(current_database())")
                return {"bytes": cursor.fetchone()[0]}
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return {"bytes": os.path.getsize(settings.DATABASES["default"]["NAME"])}


@contextmanager
def holds(*modules: str) -> Iterator[list[float]]:
    """For how many milliseconds each transaction, and each statement outside of one, holds what a digest waits for: on
    PostgreSQL those of retention, or of these modules of issues.merging."""
    from unittest import mock

    from django.db import connection, transaction

    from issues import lock

    lockers = [f"issues.merging.{name}" for name in modules] or [
        "issues.retention.batches",
        "issues.retention.deletion",
    ]
    found: list[float] = []
    since = 0.0
    enter, leave, locked = transaction.Atomic.__enter__, transaction.Atomic.__exit__, lock.lock_project

    def start() -> None:
        nonlocal since
        since = time.perf_counter()

    def entered(atomic: transaction.Atomic) -> None:
        outermost = not connection.in_atomic_block
        enter(atomic)
        if outermost:
            start()

    def left(atomic: transaction.Atomic, *error: Any) -> None:
        leave(atomic, *error)
        if not connection.in_atomic_block:
            found.append((time.perf_counter() - since) * 1000)

    def held(project_id: int) -> None:
        locked(project_id)
        if connection.vendor == "postgresql":
            start()

    def alone(execute: Any, sql: str, *rest: Any) -> Any:
        began = time.perf_counter()
        result = execute(sql, *rest)
        if not connection.in_atomic_block and sql.startswith(("PRAGMA incremental_vacuum", "DELETE")):
            found.append((time.perf_counter() - began) * 1000)
        return result

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(transaction.Atomic, "__enter__", entered))
        patches.enter_context(mock.patch.object(transaction.Atomic, "__exit__", left))
        for module in lockers:
            patches.enter_context(mock.patch(f"{module}.lock_project", held))
        patches.enter_context(connection.execute_wrapper(alone))
        yield found


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def serve(kind: type[Worker]) -> None:
    """Answer the orders on stdin."""
    worker = kind()
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(worker, order.pop("do"))(**order)
        print(json.dumps(answer), flush=True)
    shutil.rmtree(worker.spool, ignore_errors=True)


def main() -> None:
    from rustrak.lib import collector, plans

    with plans.by_index(), collector.seldom():  # as the digest's own process does
        serve(Worker)


if __name__ == "__main__":
    django.setup()
    main()
