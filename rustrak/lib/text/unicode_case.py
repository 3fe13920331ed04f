"""Lets SQLite search without case in every script: its LIKE knows the case of ASCII letters only.

`connect()` gives every new connection the SQL function `fold` and makes `icontains` use it. It is for tables that are
small or searched rarely: a column that is searched often has its folded text stored (rustrak.lib.text.folded_field).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.lookups import IContains

from rustrak.lib.text.folding import fold


class FoldedIContains(IContains):
    """`icontains` of a value, which on SQLite compares folded texts. PostgreSQL compares them in its own upper case."""

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        if not self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"fold({left}) LIKE fold({right}) ESCAPE '\\'", [*left_params, *right_params]


def connect() -> None:
    """Prepare all connections that are opened from now on, once for the process."""
    connection_created.connect(_add_function, dispatch_uid="rustrak.lib.text.unicode_case")
    for field in (models.CharField, models.TextField):
        field.register_lookup(FoldedIContains)


def _add_function(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("fold", 1, _folded, deterministic=True)


def _folded(value: Any) -> str | None:
    return None if value is None else fold(str(value))
