"""What the forms of an issue's activity send: comments, and whether one watches the issue."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import watching
from issues.comments import written
from issues.models import Activity, Issue
from issues.pages.activity.view import page
from issues.pages.sent import back_to
from issues.render.values import visible


@member(section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def comment_add(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Write the comment `text` on the issue. What is wrong with it is shown at this address; a GET shows all activity."""
    issue = _issue(project, issue_id)
    if request.method != "POST":
        return redirect("issue_activity", project.slug, issue.pk)
    text = request.POST.get("text", "")
    try:
        saved = written.add(issue, request.user, text)
    except written.BadComment as bad:
        return page(request, issue, text=text, problem=str(bad))
    _tell(request, saved, "Comment saved.")
    return redirect(f"{_address(request, issue)}#comment-{saved.comment.pk}")


@member(section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def comment_change(
    request: SignedInRequest, project: Project, issue_id: UUID, comment_id: UUID
) -> HttpResponse:
    """Show the form of a comment. A POST saves `text`, or with `delete` deletes the comment."""
    issue = _issue(project, issue_id)
    comment = get_object_or_404(
        Activity.objects.exclude(text=""), pk=comment_id, issue=issue, kind=Activity.Kind.COMMENTED
    )
    comment.issue = issue
    try:
        if request.method != "POST":
            if comment.user_id != request.user.pk:
                raise written.NotYours("Only the person who wrote a comment can change it.")
            return page(request, issue, text=comment.text, editing=comment)
        if "delete" in request.POST:
            written.delete(comment, request.user)
            messages.success(request, "The comment is deleted.")
            return redirect(_address(request, issue))
        saved = written.edit(comment, request.user, request.POST.get("text", ""))
    except written.NotYours as error:
        messages.error(request, str(error))
        return redirect("issue_activity", project.slug, issue.pk)
    except written.BadComment as bad:
        return page(request, issue, text=request.POST.get("text", ""), problem=str(bad), editing=comment)
    _tell(request, saved, "Comment changed.")
    return redirect(f"{_address(request, issue)}#comment-{comment.pk}")


@member(changes=Capability.PROFILE_WRITE)
@require_POST
def issue_watch(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Watch the issue if `watch` is `yes`, else do so no more, whatever one does to it. Redirects to `next`."""
    issue = _issue(project, issue_id)
    wanted = request.POST.get("watch") == "yes"
    watching.set_watching(issue, request.user, wanted)
    messages.success(
        request,
        f"You watch {issue.short_id}: you are told of comments, assignments, and when it is resolved or comes back."
        if wanted
        else f"You do not watch {issue.short_id} any more.",
    )
    return redirect(_address(request, issue))


def _issue(project: Project, issue_id: UUID) -> Issue:
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    return issue


def _address(request: SignedInRequest, issue: Issue) -> str:
    return back_to(request, reverse("issue_activity", args=[issue.project.slug, issue.pk]))


def _tell(request: SignedInRequest, saved: written.Written, done: str) -> None:
    messages.success(request, done)
    for each in saved.unclear:
        messages.warning(request, visible(each))
