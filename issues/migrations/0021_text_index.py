from __future__ import annotations

from typing import Any

from django.db import migrations

COLUMNS = ("types", "functions", "files", "modules", "urls", "other")
_ALL = ", ".join(COLUMNS)
_NEW, _OLD = (", ".join(f"{row}.{name}" for name in COLUMNS) for row in ("new", "old"))
_INSERT = f"INSERT INTO issues_words(rowid, {_ALL}) VALUES (new.id, {_NEW});"  # noqa: S608
_DELETE = f"INSERT INTO issues_words(issues_words, rowid, {_ALL}) VALUES ('delete', old.id, {_OLD});"  # noqa: S608

# Words are folded and separated by spaces before they are stored (issues.payload.words), so the simplest tokenizer will do. The
# index only says which issues have a word: `detail=none` makes it a third as large.
SQLITE = (
    f"CREATE VIRTUAL TABLE issues_words USING fts5({_ALL}, content='issues_issuetext', content_rowid='id',"
    " detail='none', columnsize=0, tokenize='ascii')",
    f"CREATE TRIGGER issues_words_insert AFTER INSERT ON issues_issuetext BEGIN {_INSERT} END",
    f"CREATE TRIGGER issues_words_delete AFTER DELETE ON issues_issuetext BEGIN {_DELETE} END",
    f"CREATE TRIGGER issues_words_update AFTER UPDATE OF {_ALL} ON issues_issuetext BEGIN {_DELETE} {_INSERT} END",
)
SQLITE_REVERSE = (
    *(f"DROP TRIGGER issues_words_{name}" for name in ("insert", "delete", "update")),
    "DROP TABLE issues_words",
)
_WORDS = " || ' ' || ".join(COLUMNS)
POSTGRESQL = (
    "ALTER TABLE issues_issuetext ADD COLUMN vector tsvector GENERATED ALWAYS AS"
    f" (array_to_tsvector(array_remove(string_to_array(translate({_WORDS}, chr(10) || '=#', '   '), ' '), ''))) STORED",
    # What is not sorted into the index yet is searched row by row: a small part of it, also while events pour in.
    "CREATE INDEX issue_text_vector ON issues_issuetext USING gin (vector) WITH (gin_pending_list_limit = 256)",
)
POSTGRESQL_REVERSE = ("ALTER TABLE issues_issuetext DROP COLUMN vector",)


def _run(editor: Any, sqlite: Any, postgresql: Any) -> None:
    for statement in postgresql if editor.connection.vendor == "postgresql" else sqlite:
        editor.execute(statement)


def create(apps: Any, editor: Any) -> None:
    _run(editor, SQLITE, POSTGRESQL)


def drop(apps: Any, editor: Any) -> None:
    _run(editor, SQLITE_REVERSE, POSTGRESQL_REVERSE)


class Migration(migrations.Migration):
    dependencies = [("issues", "0020_tags_of_projects")]

    operations = [migrations.RunPython(create, drop)]
