from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit, projects, public_address
from accounts.models import GroupingMechanism


class Command(BaseCommand):
    help = "Create a project and print its DSN. Nothing else is written to stdout."
    requires_system_checks = []  # the server makes them when it starts; here they take half the time

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--grouping",
            choices=GroupingMechanism.values,
            default=GroupingMechanism.CLASSIC.value,
            help="What makes one issue of many events: classic compares whole messages, smart ignores numbers, ids and"
            " other values in them and compares functions instead. Default: classic.",
        )

    def handle(self, *args: Any, name: str, grouping: str, **options: Any) -> None:
        try:
            with audit.by_command("create_project"):
                project = projects.create(name, grouping=GroupingMechanism(grouping))
        except projects.BadProject as bad:
            raise CommandError(str(bad)) from None
        self.stdout.write(project.dsn)
        if advice := public_address.advice():
            self.stderr.write(advice)
