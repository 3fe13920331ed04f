"""References: what the stored payloads of an issue are compressed against (docs/decisions/0004)."""

from __future__ import annotations

from django.db import models


class Reference(models.Model):
    """A copy of one payload of an issue. It is deleted with the last event that was compressed against it."""

    # Chosen by issues.record.references, because payloads are compressed before the row exists.
    id = models.BigIntegerField(primary_key=True, editable=False)
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="references")
    payload = models.BinaryField()
    # New events use the current reference of their issue; replaced ones are needed by older events only.
    is_current = models.BooleanField(default=True)
    # How many stored events were compressed against it.
    uses = models.PositiveBigIntegerField(default=0)
    # How many payloads in a row it did not make smaller.
    misses = models.PositiveIntegerField(default=0)
    # Size compressed without a reference, divided by the size of the JSON.
    plain_ratio = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue"], condition=models.Q(is_current=True), name="reference_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.issue_id}"
