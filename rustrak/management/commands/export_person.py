from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit
from issues.forgetting import export, whom
from rustrak.lib import wording
from rustrak.lib.database import startup
from rustrak.management.commands.forget_person import one_person


class Command(BaseCommand):
    help = "Write everything that is kept of a person of a project into a ZIP file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="the slug of the project")
        parser.add_argument(
            "person",
            metavar="PERSON",
            help="id, e-mail address, user name, IP address or number of the person",
        )
        parser.add_argument("file", metavar="FILE", help="where to write it; it must not exist")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when nobody or several people have the name, and when the file cannot be written."""
        startup.require()
        project, number = one_person(options["project"], options["person"])
        found = whom.find(project, number)
        if found is None:
            raise CommandError("nothing is stored of this person")
        path = Path(options["file"])
        try:
            with path.open("xb") as file, audit.by_command("export_person"):
                path.chmod(0o600)
                events = export.write(project, found, file)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from None
        self.stdout.write(f"{wording.counted(events, 'event')} written to {path}.")
