from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Project
from issues.reindex import run, smart_hashes
from rustrak.lib import wording
from rustrak.lib.database import startup


class Command(BaseCommand):
    help = (
        "Index the issues that are not found by their words and people, or as look-alikes, yet. Rustrak does so by itself after an upgrade; this "
        "shows how far it is, and is faster. It may be interrupted, run again, and run while Rustrak runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="SLUG", help="only this project")
        parser.add_argument("--all", action="store_true", help="index again from the beginning")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when there is no such project, or when it was interrupted."""
        startup.require()
        projects = Project.objects.filter(deleting_at=None).order_by("pk")
        if slug := options["project"]:
            projects = projects.filter(slug=slug)
            if not projects:
                raise CommandError(f"there is no project {slug!r}")
        try:
            if options["all"]:
                run.forget(projects)
            finished = run.run(self._tell, projects=projects)
            while not finished:
                # Issues were merged or brought back meanwhile, or another process is at one of them.
                time.sleep(1)
                finished = run.run(self._tell, projects=projects)
            smart_hashes.forget_unknown(projects)
            smart_hashes.fill(projects=projects)
        except KeyboardInterrupt:
            raise CommandError("interrupted: run it again to go on; Rustrak goes on by itself") from None
        self.stdout.write("All issues are indexed.")

    def _tell(self, progress: run.Progress) -> None:
        done, total = wording.number(progress.done), wording.number(progress.total)
        self.stdout.write(f"{progress.project.slug}: {done} of {total} issues")
        self.stdout.flush()
