"""Where a project's issues are filed outside of Rustrak, and those that were."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Project
from rustrak.lib import clock


class IssueTracker(models.Model):
    """The page on which a project's people create an issue elsewhere."""

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, primary_key=True, related_name="issue_tracker"
    )
    # github, gitlab, gitea, jira, linear or other
    kind = models.CharField(max_length=20)
    # The address of the page, with placeholders that are filled in.
    template = models.CharField(max_length=1000)

    def __str__(self) -> str:
        return f"{self.kind} of {self.project_id}"


class ExternalIssue(models.Model):
    """An issue elsewhere that is about the same thing."""

    issue = models.ForeignKey(
        "issues.Issue", on_delete=models.CASCADE, related_name="external_issues", db_index=False
    )
    url = models.CharField(max_length=1000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "url"], name="external_issue_unique")]

    def __str__(self) -> str:
        return self.url
