from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from ingest.spool import backlog_age
from issues.monitors import overdue
from rustrak.lib import clock
from rustrak.run import loops


def watch() -> None:
    """Notice monitored jobs that did not begin when they were due, or did not end in time."""
    now = clock.now()
    try:
        overdue.look(now, backlog_age.digested_until(settings.INGEST_DIR, now))
    finally:
        connections.close_all()


def deliver() -> None:
    """Send what waits in the outbox. Nothing puts anything there yet: alerts come with their own rows."""


LOOPS = [loops.Loop("watch monitors", 15, watch, apart=True), loops.Loop("deliver", 60, deliver)]


class Command(BaseCommand):
    help = "Notice monitored jobs that are late, and send waiting notifications, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            watch()
            deliver()
        else:
            loops.run(LOOPS, settings.RUN_DIR)
