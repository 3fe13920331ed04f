from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ingest.spool import quarantine_files, requeue


class Command(BaseCommand):
    help = "List what could not be stored and why, or put it back into the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="put the records back, to be stored once more"
        )
        parser.add_argument("--project", type=int, help="only the records of the project with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        directory = Path(settings.INGEST_DIR)
        only: int | None = options["project"]

        def wanted(project_id: int, about: dict[str, Any]) -> bool:
            return only is None or project_id == only

        if options["again"]:
            count = requeue.requeue(directory, wanted)
            self.stdout.write(f"{count} records are in the queue again")
            return
        found: Counter[tuple[int, str, str]] = Counter()
        for path, about in quarantine_files.read(directory):
            project_id = quarantine_files.project_of(path.name)
            if wanted(project_id, about):
                found[project_id, str(about.get("kind", "")), str(about.get("reason", ""))] += 1
        for (project_id, kind, reason), count in sorted(found.items()):
            printable = "".join(char if char.isprintable() else " " for char in reason)
            self.stdout.write(f"project {project_id}: {count} x {kind}: {printable}")
        if not found:
            self.stdout.write("Nothing is set aside.")
