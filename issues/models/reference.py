"""References: what stored payloads are compressed against (docs/decisions/0004)."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class Reference(models.Model):
    """A copy of one payload of a project. It is deleted with the last event that was compressed against it."""

    # Chosen by issues.record.references, because payloads are compressed before the row exists.
    id = models.BigIntegerField(primary_key=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    # The issue whose new events may use it. Events that were split off from the issue need it when that is deleted: then it is null.
    issue = models.ForeignKey("issues.Issue", on_delete=models.SET_NULL, null=True, related_name="references")
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
