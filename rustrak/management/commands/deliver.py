from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from ingest.spool import backlog_age
from issues.monitors import overdue
from rustrak.lib import clock
from rustrak.lib.database import startup
from rustrak.run import loops


def watch_monitors() -> None:
    """Record runs of monitored jobs that did not start when they were due, or did not finish in time."""
    now = clock.now()
    try:
        overdue.detect(now, backlog_age.digested_until(settings.INGEST_DIR, now))
    finally:
        connections.close_all()


LOOPS = [loops.Loop("watch monitors", 15, watch_monitors, apart=True)]


class Command(BaseCommand):
    help = "Detect missed and timed-out runs of cron monitors, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look at all monitors once, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        startup.require()
        if options["once"]:
            watch_monitors()
        else:
            loops.run(LOOPS, settings.RUN_DIR)
