from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection

from ingest import spool
from ingest.digest import loop as digest
from ingest.digest.stats import DigestStats
from rustrak.checks import private_paths
from rustrak.lib import collector, plans, presence
from rustrak.lib.database import startup
from rustrak.lib.disk import private

# With the pauses in between enough for a database that restarts, which takes seconds.
ATTEMPTS = 6


class Command(BaseCommand):
    help = "Store what is waiting in the queue, until stopped."
    stealth_options = ("prepared",)  # `up` has examined the database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="store what is waiting now, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = Path(settings.INGEST_DIR)
        if not options.get("prepared"):
            startup.require()
        if options["once"]:
            self._once(directory)
        else:
            self._loop(directory)

    def _once(self, directory: Path) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                spool.recover(directory)
                digest.drain(directory)
                spool.sweep(directory)
                return
            except (Error, OSError) as error:
                connection.close()
                if attempt == ATTEMPTS:
                    raise CommandError(f"the queue could not be emptied: {error}") from error
                self.stderr.write(f"trying again: {error}")
                time.sleep(min(0.25 * 2**attempt, digest.LONGEST_PAUSE))

    def _loop(self, directory: Path) -> None:
        private.tighten(private_paths(), skipped={settings.DATA_DIR / "attachments"})
        number = presence.hold(settings.RUN_DIR, "digest")
        loop = digest.DigestLoop(directory, DigestStats(settings.RUN_DIR, number))
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, lambda *_: loop.stop()) for number in numbers}
        try:
            connection.close()  # plans.by_index applies only to new connections
            with plans.by_index(), collector.seldom():
                loop.run()
        finally:
            connection.close()
            for number, handler in before.items():
                signal.signal(number, handler)
