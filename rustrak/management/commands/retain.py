from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, connections

from ingest.digest import checkpoint
from ingest.ledger import retention as ledger
from ingest.ledger import store
from issues.retention import attachments, deletion, events, health, hours, sampled
from rustrak.lib import clock
from rustrak.run import loops


def retain() -> None:
    """Delete what is old, sum up old counts, and have SQLite refresh its statistics."""
    now = clock.now()
    told = partial(store.add_evicted, now=now)
    events.retain(now, told)
    attachments.retain(now, told)
    attachments.sweep(now)
    health.retain(now)
    sampled.retain(now)
    hours.retain(now)
    ledger.retain(now)
    checkpoint.retain(Path(settings.INGEST_DIR), now)
    call_command("clearsessions")
    if connection.vendor == "sqlite":
        _give_space_back()
    connections.close_all()


def _give_space_back() -> None:
    """SQLite's free pages go back to the file system in small steps: the digest waits during each."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA optimize")
        for _ in range(MOST_STEPS):
            cursor.execute("PRAGMA freelist_count")
            if not cursor.fetchone()[0]:
                break
            cursor.execute(f"PRAGMA incremental_vacuum({STEP_PAGES})").fetchall()
            time.sleep(PAUSE)


def explain(say: Callable[[str], object]) -> None:
    """Says what `retain` would delete now; deletes nothing."""
    for due in events.due(clock.now()):
        days, most = events.days_of(due.project), events.events_of(due.project)
        say(
            f"{due.project.slug}: {due.stored} events stored, {due.too_old} older than {days or 'unlimited'} days, "
            f"{due.too_many} more than {most or 'unlimited'}"
        )


# Pages of 8 KiB.
STEP_PAGES, MOST_STEPS, PAUSE = 200, 500, 0.02


def delete_marked() -> None:
    """Delete projects and issues that are too large to have gone at once."""
    deletion.delete_marked()
    connections.close_all()


LOOPS = [
    loops.Loop("retain", 600, retain, apart=True),
    loops.Loop("delete", 30, delete_marked, apart=True),
]


class Command(BaseCommand):
    help = "Delete what has outlived its time, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="delete what is due now, then leave")
        parser.add_argument(
            "--dry-run", action="store_true", help="say which events would go and why, delete nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            explain(self.stdout.write)
        elif options["once"]:
            delete_marked()
            retain()
        else:
            loops.run(LOOPS, settings.RUN_DIR)
