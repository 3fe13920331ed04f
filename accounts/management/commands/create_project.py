from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import projects, public_address


class Command(BaseCommand):
    help = "Create a project and print its DSN. Nothing else is written to stdout."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        try:
            project = projects.create(name)
        except projects.BadProject as bad:
            raise CommandError(str(bad)) from None
        self.stdout.write(project.dsn)
        if advice := public_address.advice():
            self.stderr.write(advice)
