from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, connections, transaction

from accounts.models import Project
from ingest import free_space
from ingest.digest import checkpoint, set_aside
from ingest.ledger import store
from ingest.ledger.retention import POLICIES as POLICIES_OF_LEDGER
from issues import usage
from issues.models import Usage
from issues.reindex import run as reindex
from issues.reindex import smart_hashes
from issues.retention import (
    batches,
    budgets,
    deletion,
    events,
    orphaned_files,
    trusted_clock,
    wrong_times,
)
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of
from issues.retention.policies import POLICIES as POLICIES_OF_ISSUES
from issues.retention.trusted_clock import Doubt
from rustrak.lib import clock, wording
from rustrak.lib.database import startup
from rustrak.run import loops

# SQLite returns this many pages (of 8 KiB) to the file system in one step; the digest waits for one step at most.
STEP_PAGES, MAX_STEPS, PAUSE = 200, 500, 0.02
LOG_WAIT_MS = 50
# How long one run of reindexing takes at most; other loops do not wait for it.
INDEX_SECONDS = 600


log = logging.getLogger(__name__)


def _expired_sign_ins(now: datetime) -> Iterator[RowsToDelete]:
    """Expired sessions of people, which `manage.py clearsessions` would delete all at once, and those that last longer than
    any that begins now: they began while the clock was wrong."""
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    yield rows_of(Session.objects.filter(expire_date__lt=now))
    yield rows_of(Session.objects.filter(expire_date__gt=now + longest + clock.AHEAD))


def policies() -> tuple[RetentionPolicy, ...]:
    """Everything that grows old, in the order in which it is deleted."""
    return (
        *POLICIES_OF_ISSUES,
        *POLICIES_OF_LEDGER,
        checkpoint.policy(Path(settings.INGEST_DIR)),
        RetentionPolicy("sign-ins", _expired_sign_ins),
    )


def retain() -> Doubt | None:
    """Delete what is old, sum up old counts, and have SQLite refresh its statistics and shrink its file.

    While the clock is not believed nothing is deleted for its age; returns why.
    """
    now = clock.now()
    doubt = trusted_clock.doubt(now)
    if doubt is None:
        trusted_clock.accept(now)
        wrong_times.mend(now)
        on_evicted = partial(store.add_evicted, now=now)
        for policy in policies():
            batches.enforce(policy, now, on_evicted)
        orphaned_files.sweep(now)
    else:
        log.error("%s. %s", doubt.text, doubt.fix)
    if connection.vendor == "sqlite":
        _shrink_file()
    set_aside.expire(Path(settings.INGEST_DIR), by_age=doubt is None)
    connections.close_all()
    return doubt


def _retain() -> None:
    retain()


def keep_within_budgets(seconds: float = inf) -> None:
    """Delete what is more than projects, or all of them together, may keep in bytes and rows, for about `seconds`."""
    now = clock.now()
    budgets.recount(now)
    deleted = batches.enforce(budgets.policy(seconds), now, partial(store.add_evicted, now=now))
    if deleted and connection.vendor == "sqlite":
        _shrink_file()
    connections.close_all()


def _shrink_file() -> None:
    # In a transaction, which waits for other writers. Without one, SQLite fails at once if it meets a writer.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA optimize")
    with connection.cursor() as cursor:
        for _ in range(MAX_STEPS):
            cursor.execute("PRAGMA freelist_count")
            if not cursor.fetchone()[0]:
                break
            cursor.execute(f"PRAGMA incremental_vacuum({STEP_PAGES})").fetchall()
            time.sleep(PAUSE)
    _empty_log()


def _empty_log() -> None:
    """Give the space of SQLite's write-ahead log back: the file otherwise stays as large as it ever was, and what the
    vacuum freed is freed only when the log is written to the database."""
    with connection.cursor() as cursor:
        timeout = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        # Writers wait while it waits for readers; when one reads for long, the next run will do.
        cursor.execute(f"PRAGMA busy_timeout={LOG_WAIT_MS}")
        try:
            # "database table is locked" when this connection is in a transaction.
            with suppress(OperationalError):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={timeout}")


def explain(write: Callable[[str], object]) -> None:
    """Write what `retain` would delete of each project's events now, and what is over its budget. Deletes nothing."""
    for found in events.preview(clock.now()):
        days, most = events.days_of(found.project), events.events_of(found.project)
        write(
            f"{found.project.slug}: {found.stored} events stored, "
            f"{found.too_old} older than {days or 'unlimited'} days, "
            f"{found.too_many} more than {most or 'unlimited'}"
        )
    slugs = dict(Project.objects.values_list("pk", "slug"))
    for kept in Usage.objects.filter(pk__in=slugs).order_by("pk"):
        most = settings.RETAIN_BYTES_PER_PROJECT
        limit = wording.size(most) if most else "unlimited"
        write(f"{slugs[kept.pk]}: keeps about {wording.size(usage.bytes_of(kept))} of {limit}")
    for over in budgets.over():
        what = f"{wording.number(over.rows)} and {wording.size(over.bytes)}"
        write(f"{slugs[over.project_id]}: too many {usage.KINDS[over.kind].words}, by {what}")


def delete_marked() -> None:
    """Delete projects and issues that were too large to be deleted at once, and what is set aside of deleted projects."""
    set_aside.forget_deleted(Path(settings.INGEST_DIR))
    deletion.delete_marked()
    connections.close_all()


def index() -> None:
    """Have issues from before an upgrade found by their words and people, and as look-alikes."""
    reindex.run(log_progress, INDEX_SECONDS)
    smart_hashes.fill(INDEX_SECONDS)
    connections.close_all()


def log_progress(progress: reindex.Progress) -> None:
    log.debug("%s: %d of %d issues are indexed", progress.project.slug, progress.done, progress.total)


LOOPS = [
    loops.Loop("retain", 600, _retain, apart=True, urgent=free_space.is_little),
    loops.Loop("delete", 30, delete_marked, apart=True),
    # Not for long: other loops of the process wait meanwhile.
    loops.Loop("budgets", 30, partial(keep_within_budgets, 15), apart=True, urgent=free_space.is_little),
    # After an upgrade, for hours if there is much; then it only looks.
    loops.Loop("reindex", 60, index, apart=True, lane="reindex"),
]


class Command(BaseCommand):
    help = "Delete what has expired, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="delete what has expired by now, then exit")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="print how much each project keeps, what would be deleted and why; delete nothing",
        )

        parser.add_argument(
            "--accept-clock",
            action="store_true",
            help="take the clock of this machine for right, although it has jumped, then exit",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, after all else is done, when nothing is deleted for its age because the clock jumped."""
        startup.require()
        if options["accept_clock"]:
            self._accept_clock()
        elif options["dry_run"]:
            explain(self.stdout.write)
            _refuse(trusted_clock.doubt(clock.now()))
        elif options["once"]:
            delete_marked()
            doubt = retain()
            keep_within_budgets()
            _refuse(doubt)
        else:
            loops.run(LOOPS, settings.RUN_DIR)

    def _accept_clock(self) -> None:
        now = clock.now()
        if now < clock.EARLIEST:
            _refuse(trusted_clock.doubt(now))
        trusted_clock.accept(now)
        self.stdout.write(f"retention goes on from {wording.moment_text(now)}")


def _refuse(doubt: Doubt | None) -> None:
    if doubt is not None:
        raise CommandError(f"{doubt.text}. {doubt.fix}")
