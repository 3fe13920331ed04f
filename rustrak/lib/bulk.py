"""Writes many rows at once, in each database's fastest way: executemany on SQLite, COPY and unnest on PostgreSQL.

The ORM's bulk methods split at 999 parameters on SQLite and take twice as long (docs/architecture.md, "Digest").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from rustrak.lib import tolerant_json
from rustrak.lib.database import reading

Rows = Sequence[Sequence[Any]]
# SQLite takes at most 32,766 in one statement.
_MOST_VALUES = 30_000


def insert(model: type[models.Model], fields: Sequence[str], rows: Rows) -> None:
    """Insert `rows`, whose values are in the order of `fields`. The value of a foreign key is the other row's key."""
    if not rows:
        return
    table, columns = _names(model, fields)
    if connection.vendor != "postgresql":
        sql = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(sql, _tuples(_adapted(model, fields, rows)))
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(_types(model, tuple(fields)))
        for row in rows:
            copy.write_row(row)


def upsert(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Rows,
    unique: Sequence[str],
    add: str | Sequence[str] = (),
    either: Sequence[str] = (),
    least: Sequence[str] = (),
    greatest: Sequence[str] = (),
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert `rows`; where a row with the same `unique` fields exists, update it.

    The new values of the fields `add` are added to the old ones, those of the fields `either` (booleans) are combined
    with OR, of the fields `least` and `greatest` the smaller and the larger are kept, and the new one if the old one is null.
    No two of `rows` may have the same `unique` fields.

    Returns the fields `returning` of each row as they are now, in any order.
    """
    if not rows:
        return []
    table, columns = _names(model, fields)
    added = (add,) if isinstance(add, str) else tuple(add)
    conflict = _on_conflict(
        model, tuple(unique), added, tuple(either), tuple(least), tuple(greatest), tuple(returning)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sql = f"INSERT INTO {table} ({columns}) SELECT * FROM {_unnest(model, fields)}{conflict}"  # noqa: S608
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
            return list(cursor.fetchall()) if returning else []
        places = f"({', '.join(['%s'] * len(fields))})"
        sql = f"INSERT INTO {table} ({columns}) VALUES "  # noqa: S608
        adapted = _tuples(_adapted(model, fields, rows))
        if not returning:
            cursor.executemany(sql + places + conflict, adapted)
            return []
        # executemany returns no rows.
        found: list[tuple[Any, ...]] = []
        while some := list(islice(adapted, _MOST_VALUES // len(fields))):
            values = list(chain.from_iterable(some))
            cursor.execute(sql + ", ".join([places] * len(some)) + conflict, values)
            found += cursor.fetchall()
    return reading.read(found, [model._meta.get_field(name) for name in returning])


@cache
def _on_conflict(
    model: type[models.Model],
    unique: tuple[str, ...],
    add: tuple[str, ...],
    either: tuple[str, ...],
    least: tuple[str, ...],
    greatest: tuple[str, ...],
    returning: tuple[str, ...],
) -> str:
    """The end of the statement of `upsert`, whose names these are."""
    table, _ = _names(model, unique)
    changes = [
        f"{_column(model, name)} = {table}.{_column(model, name)} {operator} excluded.{_column(model, name)}"
        for names, operator in ((add, "+"), (either, "OR"))
        for name in names
    ]
    changes += [
        f"{column} = CASE WHEN {table}.{column} {operator} excluded.{column} THEN {table}.{column} ELSE excluded.{column} END"
        for names, operator in ((least, "<"), (greatest, ">"))
        for column in (_column(model, name) for name in names)
    ]
    sql = (
        f" ON CONFLICT ({', '.join(_column(model, name) for name in unique)})"
        f" DO UPDATE SET {', '.join(changes)}"
    )
    if returning:
        sql += f" RETURNING {', '.join(_column(model, name) for name in returning)}"
    return sql


def update(model: type[models.Model], fields: Sequence[str], rows: Rows, assign: str, keys: int = 1) -> int:
    """Update rows by the first `keys` of `fields`, of which no two of `rows` may have the same values: the primary key, or fields
    that are unique together. Returns how many rows there were to update.

    `assign` is the SQL after SET; in it `:name:` is the row's new value of the field `name`.
    """
    if not rows:
        return 0
    with connection.cursor() as cursor:
        sql, places = _update_sql(model, tuple(fields), assign, keys)
        if connection.vendor == "postgresql":
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        else:
            # Positions, because a name is looked up for each row; a value that is asked for twice is given twice.
            columns = _adapted(model, fields, rows)
            cursor.executemany(sql, _tuples([columns[place] for place in places]))
        return int(cursor.rowcount)


@cache
def _update_sql(
    model: type[models.Model], fields: tuple[str, ...], assign: str, keys: int
) -> tuple[str, Sequence[int]]:
    """The statement, and on SQLite which values of a row its parameters are."""
    table, _ = _names(model, fields[:1])
    sources = {name: f"new.{name}" if connection.vendor == "postgresql" else "%s" for name in fields}
    asked = re.findall(r":([a-z_]+):", assign)
    same = " AND ".join(f"{table}.{_column(model, name)} = {sources[name]}" for name in fields[:keys])
    sql = f"UPDATE {table} SET {re.sub(r':([a-z_]+):', lambda found: sources[found[1]], assign)}"  # noqa: S608
    if connection.vendor == "postgresql":
        sql += f" FROM {_unnest(model, fields)} AS new({', '.join(fields)})"
    return f"{sql} WHERE {same}", [fields.index(name) for name in (*asked, *fields[:keys])]


def fetch(queryset: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of a `values_list` of columns, sooner than Django converts them on SQLite."""
    compiler = queryset.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return reading.rows(cursor, [column.output_field for column, _, _ in compiler.select])


def existing(model: type[models.Model], fields: Sequence[str], rows: Rows) -> set[int]:
    """The indexes of those of `rows` for which the table has a row with the same values of `fields`."""
    if not rows:
        return set()
    table, _ = _names(model, fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            same = " AND ".join(f"{table}.{_column(model, name)} = new.{name}" for name in fields)
            source = f"{_unnest(model, fields)} WITH ORDINALITY AS new({', '.join(fields)}, number)"
            cursor.execute(
                f"SELECT new.number - 1 FROM {source} JOIN {table} ON {same}",  # noqa: S608
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            same = " AND ".join(
                f"{table}.{_column(model, name)} = json_extract(new.value, '$[{column}]')"
                for column, name in enumerate(fields)
            )
            # CROSS JOIN makes SQLite keep this order and look each row up in the index, however large the table is.
            cursor.execute(
                f"SELECT new.key FROM json_each(%s) AS new CROSS JOIN {table} ON {same}",  # noqa: S608
                [json.dumps(list(zip(*_adapted(model, fields, rows), strict=True)))],
            )
        return {index for (index,) in cursor.fetchall()}


def json_value(value: Any) -> Any:
    """A value of a JSON column as the rows of `update` and `upsert` have it: PostgreSQL makes JSON of text itself."""
    return value if value is None or connection.vendor != "postgresql" else _json(value)


@cache
def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.column is None:
        raise TypeError(f"{name} of {model.__name__} has no column")
    return connection.ops.quote_name(field.column)


def _names(model: type[models.Model], fields: Sequence[str]) -> tuple[str, str]:
    return _cached_names(model, tuple(fields))


@cache
def _cached_names(model: type[models.Model], fields: tuple[str, ...]) -> tuple[str, str]:
    return connection.ops.quote_name(model._meta.db_table), ", ".join(_column(model, name) for name in fields)


@cache
def _types(model: type[models.Model], fields: tuple[str, ...]) -> list[str]:
    """PostgreSQL's names of the columns' types. varchar(n) is text: a cast to varchar(n) would cut values silently."""
    found = (model._meta.get_field(name).db_type(connection) or "" for name in fields)
    return ["text" if name.startswith("varchar") else _REAL_TYPE.get(name, name) for name in found]


_REAL_TYPE = {
    "timestamp with time zone": "timestamptz",
    "bigserial": "int8",
    "bigint": "int8",
    "double precision": "float8",
    "integer": "int4",
}


def _unnest(model: type[models.Model], fields: Sequence[str]) -> str:
    return f"unnest({', '.join(f'%s::{name}[]' for name in _types(model, tuple(fields)))})"


def _adapted(model: type[models.Model], fields: Sequence[str], rows: Rows) -> list[Sequence[Any]]:
    """`rows` as Django stores them in SQLite, column by column: UUIDs as 32 hex digits, times as UTC without a zone, JSON as text."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, adapt in _adapters(model, tuple(fields)):
        columns[index] = reading.each(adapt, columns[index])
    return columns


def _tuples(columns: Sequence[Sequence[Any]]) -> Any:
    """The rows, one by one: a list of them would take longer to make than to read."""
    return zip(*columns, strict=True)


@cache
def _adapters(model: type[models.Model], fields: tuple[str, ...]) -> list[tuple[int, Callable[[Any], Any]]]:
    """The indexes of the columns that SQLite stores in another form, and the functions that convert them."""
    found = []
    for index, name in enumerate(fields):
        field = model._meta.get_field(name)
        target = field.target_field if isinstance(field, models.ForeignKey) else field
        if adapt := _ADAPT.get(target.get_internal_type()):
            found.append((index, adapt))
    return found


def _uuid(value: UUID) -> str:
    return value.hex


def _time(value: datetime) -> str | None:
    if value.tzinfo is UTC:
        return value.isoformat(" ")[:-6]  # without +00:00
    return connection.ops.adapt_datetimefield_value(value)


def _json(value: Any) -> str:
    return tolerant_json.dumps(value).decode()


_ADAPT: dict[str, Callable[[Any], Any]] = {"UUIDField": _uuid, "DateTimeField": _time, "JSONField": _json}
