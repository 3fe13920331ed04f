from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rustrak.lib import loops


def deliver() -> None:
    """Send what waits in the outbox. Nothing puts anything there yet: alerts come with their own rows."""


LOOP = loops.Loop("deliver", 60, deliver)


class Command(BaseCommand):
    help = "Send waiting notifications until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what waits now, then leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            deliver()
        else:
            loops.run([LOOP])
