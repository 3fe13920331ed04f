from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, Error, connection

from rustrak.lib.database import refusal, startup
from rustrak.lib.database.sqlite3.base import DatabaseWrapper


class Command(migrate.Command):
    # Not in `handle`: before it, system checks connect to the database.
    def execute(self, *args: Any, **options: Any) -> str | None:
        if options.get("database", DEFAULT_DB_ALIAS) == DEFAULT_DB_ALIAS:
            startup.require(wait_seconds=0.0, migrating=True)
        try:
            with DatabaseWrapper.creating():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        # Limits that are meant for pages: an index of a large table takes longer.
                        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
                return super().execute(*args, **options)
        except Error as error:
            if (sentence := refusal.of_command(error)) is None:
                raise
            raise SystemExit(f"Rustrak cannot start: {sentence}") from None
