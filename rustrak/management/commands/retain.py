from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, connections

from ingest import ledger, progress
from issues.record import attachment_retention, health_retention, retention, sampled_retention
from rustrak.lib import clock, loops


def retain() -> None:
    """Delete what is old, sum up old counts, and have SQLite refresh its statistics."""
    now = clock.now()
    retention.retain(now, partial(ledger.evicted, now=now))
    attachment_retention.retain(now)
    attachment_retention.sweep(now)
    health_retention.retain(now)
    sampled_retention.retain(now)
    ledger.retain(now)
    progress.retain(Path(settings.INGEST_DIR), now)
    call_command("clearsessions")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize")
            # Gives back what was freed, 16 MB at a time: the digest waits meanwhile.
            cursor.execute("PRAGMA incremental_vacuum(2000)").fetchall()
    connections.close_all()


LOOP = loops.Loop("retain", 600, retain, apart=True)


class Command(BaseCommand):
    help = "Delete what has outlived its time, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="delete what is due now, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            retain()
        else:
            loops.run([LOOP], settings.RUN_DIR)
