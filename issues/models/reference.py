"""What stored payloads of an issue are compressed against."""

from __future__ import annotations

from django.db import models


class Reference(models.Model):
    """A copy of one payload of an issue. Lives as long as an event needs it, whatever becomes of the event it was."""

    # Made by issues.record.references: stored payloads name it before the row exists.
    id = models.BigIntegerField(primary_key=True, editable=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="references")
    payload = models.BinaryField()
    # New events use the issue's current one; older ones only wait for their last event to go.
    is_current = models.BooleanField(default=True)
    # How many stored events need it.
    uses = models.PositiveBigIntegerField(default=0)
    # Payloads in a row that it did not make smaller.
    misses = models.PositiveIntegerField(default=0)
    # Stored size by size as JSON, when compressed without any reference.
    plain_ratio = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue"], condition=models.Q(is_current=True), name="reference_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.issue_id}"
