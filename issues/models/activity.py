"""The history of issues."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rustrak.lib import ids


class Activity(models.Model):
    """A change of an issue, made by an event (issues.record.writer), by a person (issues.lifecycle) or by a rule; or a comment."""

    class Kind(models.TextChoices):
        CREATED = "created"
        REGRESSED = "regressed"
        RESOLVED = "resolved"
        REOPENED = "reopened"
        MUTED = "muted"
        UNMUTED = "unmuted"
        ASSIGNED = "assigned"
        UNASSIGNED = "unassigned"
        # Another issue was merged into this one, or came out of it again, when that was undone.
        MERGED = "merged"
        UNMERGED = "unmerged"
        # A grouping was taken out of this issue, or came into it.
        SPLIT = "split"
        MOVED_IN = "moved_in"
        # Events arrived that did not reopen it: written once for each time that it is resolved and each reason.
        STAYED_RESOLVED = "stayed"
        COMMENTED = "commented"
        LINKED = "linked"
        UNLINKED = "unlinked"

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    issue = models.ForeignKey(
        "issues.Issue", on_delete=models.CASCADE, related_name="activities", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # The id of the event's row. Not a foreign key: the history is kept longer than the event.
    event = models.UUIDField(null=True)

    # What the change needs besides: the name or address of the new assignee, the short id of the other issue.
    detail = models.CharField(max_length=254, blank=True, db_default="")
    # Why, as facts that issues.states.sentences and issues.ownership word: {"code": …, …}. Null: a person just did it.
    why = models.JSONField(null=True)
    # Of COMMENTED: the comment in Markdown, and when it was last changed.
    text = models.TextField(blank=True, db_default="")
    edited_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["issue", "at"], name="activity_of_issue")]

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind}"
