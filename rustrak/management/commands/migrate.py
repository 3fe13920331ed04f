from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from rustrak.lib.database.sqlite3.base import DatabaseWrapper


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with DatabaseWrapper.creating():
            super().handle(*args, **options)
