from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Project
from issues import remapping
from issues.models import Remapping
from rustrak.lib import wording
from rustrak.lib.database import startup


class Command(BaseCommand):
    help = (
        "Apply the source maps and debug files that there are now to the issues of a release: their titles, culprits and smart grouping "
        "keys. It may be interrupted and run again, and run while Rustrak runs."
    )

    _said = -1

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the slug of the project")
        parser.add_argument("release", metavar="RELEASE", help="the whole name of the release")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when there is nothing to do, or when it was stopped."""
        startup.require()
        project = Project.objects.filter(slug=options["project"], deleting_at=None).first()
        if project is None:
            raise CommandError(f"there is no project {options['project']!r}")
        try:
            job = remapping.finish(remapping.ask(project, options["release"]), self._tell)
        except remapping.NotPossible as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("interrupted: Rustrak goes on by itself") from None
        if job.state == Remapping.State.STOPPED:
            raise CommandError(job.trouble or "it was stopped")
        self.stdout.write(f"{wording.number(job.changed)} of {wording.counted(job.done, 'issue')} changed.")

    def _tell(self, job: Remapping) -> None:
        if job.done != self._said:
            self._said = job.done
            self.stdout.write(f"{wording.number(job.done)} of {wording.number(job.total)} issues")
            self.stdout.flush()
