"""A process with a database of its own, whose lists and searches are measured: `python -m tests.bench.finding_worker`."""

from __future__ import annotations

import gzip
import re
import time
from statistics import median
from typing import Any
from uuid import uuid4

import django

from tests.bench import digest_worker, finding_events

DAYS = 30
_TIMING = re.compile(r'db;desc="(\d+) quer\w+";dur=([\d.]+), total;dur=([\d.]+)')
#: Tables and indexes that only searching needs.
_INDEX_TABLES = ("issues_issuetext", "issues_words%", "issues_person%")


class Worker(digest_worker.Worker):
    """As the digest's, with many issues of one project and somebody who looks at them."""

    def __init__(self) -> None:
        super().__init__()
        from django.test import Client

        from accounts.models import User
        from rustrak.run import assets

        assets.collect()
        self.user = User.objects.create_superuser("ana@example.org", "correct-horse-battery")
        self.client = Client()
        self.client.force_login(self.user)
        self.stored = 0

    def build(self, *, issues: int, events: int) -> dict[str, float]:
        """Store events up to the number `events`, of `issues` issues, spread over DAYS days."""
        from ingest import spool
        from ingest.digest import loop

        started = time.perf_counter()
        now = time.time()
        loop.BATCH_RECORDS = 500
        for start in range(self.stored, events, 5_000):
            records = []
            for number in range(start, min(events, start + 5_000)):
                at = now - DAYS * 86_400 * (1 - number / events)
                body = finding_events.event(number, finding_events.issue_of(number, issues))
                records.append(
                    spool.Record("event", self.project.pk, uuid4().hex, at, "192.0.2.1", None, body)
                )
            spool.write_sealed(self.spool, records, fsync=False)
            loop.drain(self.spool)
        self.stored = events
        self._analyze()
        return {"seconds": time.perf_counter() - started}

    def multiply(self, *, times: int) -> dict[str, float]:
        """Copy the events until there are `times` as many, and raise the counts: a million events take too long to digest."""
        from django.db import connection

        new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
        columns = (
            "project_id, issue_id, grouping_id, timestamp, ingested_at, level, own_title, platform, release, environment,"
            " worth, sample_rate, payload, notes"
        )
        started = time.perf_counter()
        with connection.cursor() as cursor:
            for copy in range(1, times):
                cursor.execute(
                    f"INSERT INTO issues_event (id, event_id, digest_order, {columns})"  # noqa: S608
                    f" SELECT {new_id}, {new_id}, digest_order + 1000000 * %s, {columns} FROM issues_event"
                    " WHERE digest_order < 1000000",
                    [copy],
                )
            for table in ("issues_issuetag", "issues_issuetagkey", "issues_issuehour", "issues_issueday"):
                cursor.execute(f"UPDATE {table} SET count = count * %s", [times])  # noqa: S608
            cursor.execute(
                "UPDATE issues_issue SET event_count = event_count * %s, stored_event_count = stored_event_count * %s",
                [times, times],
            )
        self.stored *= times
        self._analyze()
        return {"seconds": time.perf_counter() - started}

    def _analyze(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")
            if connection.vendor != "postgresql":
                cursor.execute("ANALYZE")

    def look(self, *, paths: list[str], times: int) -> list[dict[str, Any]]:
        """Get each page `times` times. Returns milliseconds on the server (median and p95), of this process's CPU
        (without PostgreSQL's), queries, and KB with gzip."""
        found = []
        for path in paths:
            spent, cpu, queries, size = [], [], 0, 0
            for turn in range(times + 1):
                before = time.process_time()
                answer = self.client.get(path)
                used = 1000 * (time.process_time() - before)
                if answer.status_code != 200:
                    raise RuntimeError(f"{path}: {answer.status_code}")
                timing = _TIMING.search(answer["Server-Timing"])
                assert timing, answer["Server-Timing"]
                if turn:
                    spent.append(float(timing[3]))
                    cpu.append(used)
                queries, size = int(timing[1]), len(gzip.compress(answer.content, 6))
            spent.sort()
            found.append(
                {
                    "path": path,
                    "median": median(spent),
                    "cpu": median(cpu),
                    "p95": spent[int(len(spent) * 0.95)],
                    "queries": queries,
                    "kb": size / 1000,
                }
            )
        return found

    def some_ids(self) -> dict[str, Any]:
        """An issue with many events and a person."""
        from issues.models import IssuePerson

        issue = self.project.issues.order_by("-stored_event_count").first()
        assert issue
        person = IssuePerson.objects.filter(grouping__issue=issue).values_list("person", flat=True)[0]
        return {"issue": str(issue.pk), "person": person}

    def index_size(self) -> dict[str, float]:
        """The bytes of the tables that searching by words and people needs, with their indexes, and of everything."""
        from django.db import connection

        whole = self.size()["bytes"]
        with connection.cursor() as cursor:
            likes = " OR ".join(["{0} LIKE %s"] * len(_INDEX_TABLES))
            if connection.vendor == "postgresql":
                cursor.execute(
                    "SELECT SUM(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r' AND ("  # noqa: S608
                    + likes.format("c.relname")
                    + ")",
                    _INDEX_TABLES,
                )
                return {"index": float(cursor.fetchone()[0]), "all": whole}
            # Not every SQLite can say how large a table is: its rows' texts are summed up, with the index's blocks.
            cursor.execute(
                "SELECT COALESCE(SUM(LENGTH(types) + LENGTH(functions) + LENGTH(files) + LENGTH(modules) + LENGTH(urls)"
                " + LENGTH(other) + 60), 0) FROM issues_issuetext"
            )
            size = cursor.fetchone()[0]
            cursor.execute("SELECT COALESCE(SUM(LENGTH(block)), 0) FROM issues_words_data")
            size += cursor.fetchone()[0]
            cursor.execute("SELECT COUNT(*) * 250 FROM issues_person")
            return {"index": float(size + cursor.fetchone()[0]), "all": whole}


def main() -> None:
    digest_worker.serve(Worker)


if __name__ == "__main__":
    django.setup()
    main()
