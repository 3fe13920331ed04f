"""The words by which an issue is found."""

from __future__ import annotations

from django.db import models


class IssueText(models.Model):
    """The words of all events of a grouping: one line for each text, each once, as issues.record.words.text_lines writes them.

    Triggers (SQLite: the FTS5 table `issues_words`) and a generated column (PostgreSQL: `vector`) keep the index equal
    to these columns, whoever writes or deletes the row. Migration 0021 has both.
    """

    # FTS5 needs a whole number.
    id = models.BigAutoField(primary_key=True)
    grouping = models.OneToOneField("issues.Grouping", on_delete=models.CASCADE, related_name="text")
    # Types of all chained exceptions; functions, files and modules of frames; request URLs and transactions; the rest:
    # messages, values, loggers, values of tags.
    types = models.TextField(db_default="")
    functions = models.TextField(db_default="")
    files = models.TextField(db_default="")
    modules = models.TextField(db_default="")
    urls = models.TextField(db_default="")
    other = models.TextField(db_default="")
    # False: events from before the index existed have not been read yet.
    is_complete = models.BooleanField(default=True, db_default=True)
    # Whether words were left out because the issue has too many.
    is_full = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            # Few rows: searches say when there are any.
            models.Index(fields=["grouping"], condition=models.Q(is_full=True), name="issue_text_full"),
        ]

    def __str__(self) -> str:
        return f"{self.grouping_id}"
