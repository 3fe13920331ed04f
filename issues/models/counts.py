"""Kept counts: exact, and cheaper to read than to count again."""

from __future__ import annotations

from django.db import models


class IssueHour(models.Model):
    """How many events of an issue were ingested in one hour."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="hours", db_index=False)
    # Whole hours since 1970-01-01T00:00Z.
    hour = models.PositiveIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "hour"], name="issue_hour_unique")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.hour}: {self.count}"


class IssuePerson(models.Model):
    """That one person met an issue; the rows of an issue are its distinct people."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="people", db_index=False)
    # The first 8 bytes of SHA-256 of "kind:value", as a signed integer.
    person = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "person"], name="issue_person_unique")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.person}"
