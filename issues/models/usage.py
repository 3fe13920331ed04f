"""How much a project keeps, by kind: what retention and the digest compare with the budget (issues.usage)."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class Usage(models.Model):
    """How many rows of each kind a project has, and about how many bytes they take with their indexes and files.

    Changed by F() in the transactions that insert and delete. What these miss, the recount of issues.usage mends: so a
    number may be wrong for a while, even negative, and nothing but a limit depends on it.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="usage", primary_key=True)
    event_count = models.BigIntegerField(default=0, db_default=0)
    event_bytes = models.BigIntegerField(default=0, db_default=0)
    attachment_count = models.BigIntegerField(default=0, db_default=0)
    attachment_bytes = models.BigIntegerField(default=0, db_default=0)
    report_count = models.BigIntegerField(default=0, db_default=0)
    report_bytes = models.BigIntegerField(default=0, db_default=0)
    issue_count = models.BigIntegerField(default=0, db_default=0)
    issue_bytes = models.BigIntegerField(default=0, db_default=0)
    tag_count = models.BigIntegerField(default=0, db_default=0)
    tag_bytes = models.BigIntegerField(default=0, db_default=0)
    session_count = models.BigIntegerField(default=0, db_default=0)
    session_bytes = models.BigIntegerField(default=0, db_default=0)
    check_in_count = models.BigIntegerField(default=0, db_default=0)
    check_in_bytes = models.BigIntegerField(default=0, db_default=0)
    artifact_count = models.BigIntegerField(default=0, db_default=0)
    artifact_bytes = models.BigIntegerField(default=0, db_default=0)
    # Null: never, or something was deleted without being subtracted.
    recounted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"usage of {self.project_id}"
