"""Everything that is stored: each text of each table, what payloads are when they are read, and the files of attachments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from issues.models import Event, Reference
from issues.record import codec, references


def places_of(text: str) -> list[str]:
    """The tables and files that hold `text`, in any case of letters."""
    wanted = text.casefold()
    return sorted({place for place, found in _everything() if wanted in found.casefold()})


def _everything() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Those of the index of words, too, which no model has.
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = [name for (name,) in cursor.fetchall()]
        else:
            tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        yield table, bytes(value).decode("utf-8", "replace")
                    elif value is not None:
                        yield table, str(value)
    for event in Event.objects.all():
        yield "payloads of events", references.data_of([event.payload])[0].decode()
    for reference in Reference.objects.all():
        yield "references", codec.data(reference.payload).decode()
    location = Path(settings.STORAGES["attachments"]["OPTIONS"]["location"])
    for path in location.rglob("*"):
        if path.is_file():
            yield "attachments", path.read_bytes().decode("utf-8", "replace")
