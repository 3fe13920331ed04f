"""Issues in other trackers: the address that begins one, the links to them, and the form that says which tracker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Issue, IssueTracker
from issues.render import new_issue
from issues.render.event import EventView
from issues.render.values import visible
from issues.trackers import external_issues, tracker_urls

_LINK_LENGTH = 60


@dataclass(frozen=True)
class Link:
    """An issue elsewhere. `text` is its address without the scheme, cut."""

    key: int
    url: str
    text: str


@dataclass(frozen=True)
class Elsewhere:
    """What the page of an issue shows. `new` begins an issue in the tracker `label`; empty without a tracker."""

    links: list[Link]
    label: str
    new: str


def elsewhere(issue: Issue, view: EventView | None) -> Elsewhere:
    """The links of an issue, and the address that begins one with what `view` says of it. One query."""
    tracker, links = _stored(issue)
    if tracker is None:
        return Elsewhere(links, "", "")
    title = visible(issue.title)
    link = settings.PUBLIC_URL + reverse("issue", args=[issue.project.slug, issue.pk])
    make = new_issue.jira_body if tracker.kind == "jira" else new_issue.markdown_body
    body = partial(_body, make, view, title, link)
    new = tracker_urls.filled(tracker.template, title=title, link=link, short_id=issue.short_id, body=body)
    preset = tracker_urls.PRESETS.get(tracker.kind)
    return Elsewhere(links, preset.label if preset and tracker.kind != "other" else "your tracker", new)


def _body(make: new_issue.Body, view: EventView | None, title: str, link: str, room: int) -> str:
    return make(view, title=title, link=link, room=room, size=tracker_urls.size)


def _stored(issue: Issue) -> tuple[IssueTracker | None, list[Link]]:
    """The tracker of the issue's project, and the links of the issue."""
    rows = list(
        Issue.everything.filter(pk=issue.pk)
        .order_by("external_issues")
        .values_list(
            "project__issue_tracker__kind",
            "project__issue_tracker__template",
            "external_issues",
            "external_issues__url",
        )
    )
    links = [_link(key, url) for _, _, key, url in rows if key is not None]
    # None of both where nothing is joined, and without rows when the issue was deleted meanwhile.
    kind, template = rows[0][:2] if rows else (None, None)
    return IssueTracker(kind=kind, template=template) if kind and template is not None else None, links


def _link(key: int, url: str) -> Link:
    text = url.partition("://")[2].removeprefix("www.")
    return Link(key, url, text if len(text) <= _LINK_LENGTH else f"{text[: _LINK_LENGTH - 1]}…")


@member
@require_POST
def issue_link(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Keep `url` as a link of the issue, or forget the link `remove` (its key)."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    key = request.POST.get("remove", "")
    if key:
        found = (
            key.isascii()
            and key.isdigit()
            and len(key) < 19
            and external_issues.remove(issue, int(key), request.user)
        )
        messages.success(request, "Link removed." if found else "The link was removed already.")
    else:
        try:
            external_issues.add(issue, request.POST.get("url", ""), request.user)
            messages.success(request, "Link saved.")
        except (external_issues.BadTemplate, external_issues.TooMany) as error:
            messages.error(request, f"The link was not saved. {error}")
    return redirect("issue", project.slug, issue.pk)


class TrackerForm(forms.Form):
    """Which tracker, and what its preset needs."""

    kind = forms.ChoiceField(
        label="Tracker", choices=[(kind, preset.label) for kind, preset in tracker_urls.PRESETS.items()]
    )
    address = forms.CharField(
        label="Address", required=False, max_length=500,
        help_text="GitHub, GitLab, Gitea: the repository, such as https://github.com/acme/shop. Linear: the team, such as "
        "https://linear.app/acme/team/SHOP. Jira: the site, such as https://acme.atlassian.net.",
    )  # fmt: skip
    project = forms.CharField(
        label="Jira project ID", required=False, max_length=18,
        help_text="The number after pid= in the address of Jira's “Create issue” page.",
    )  # fmt: skip
    issue_type = forms.CharField(
        label="Jira issue type ID", required=False, max_length=18, help_text="The number after issuetype= in that address."
    )  # fmt: skip
    template = forms.CharField(
        label="Template", required=False, max_length=tracker_urls.TEMPLATE_LENGTH,
        help_text="Another tracker: the address of its page for a new issue, with {title}, {body}, {link} and "
        "{short_id} after the ?, such as https://tracker.example.org/new?summary={title}&amp;text={body}",
    )  # fmt: skip

    def clean(self) -> dict[str, str]:
        """Adds `made`: the template."""
        data: dict[str, str] = super().clean() or {}
        kind = data.get("kind", "")
        try:
            if kind == "other":
                data["made"] = data.get("template", "").strip()
                tracker_urls.check(data["made"])
            elif kind:
                parts = (data.get(name, "") for name in ("address", "project", "issue_type"))
                data["made"] = tracker_urls.template_of(kind, *parts)
        except tracker_urls.BadTemplate as error:
            self.add_error(error.field, str(error))
        return data


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def issue_tracker(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form of the project's tracker. A POST with `remove` forgets it."""
    tracker = external_issues.tracker_of(project)
    if request.method == "POST" and "remove" in request.POST:
        external_issues.remove_tracker(project)
        messages.success(
            request, "New issues can no longer be created elsewhere. Links to existing ones are kept."
        )
        return redirect("issue_tracker", project.slug)
    form = TrackerForm(request.POST if request.method == "POST" else None, initial=_initial(tracker))
    if request.method == "POST" and form.is_valid():
        external_issues.set_tracker(project, form.cleaned_data["kind"], form.cleaned_data["made"])
        messages.success(request, "Saved. The page of each issue has a button that creates an issue there.")
        return redirect("issue_tracker", project.slug)
    context = {"project": project, "form": form, "tracker": tracker}
    return render(request, "issues/issue_tracker.html", context)


def _initial(tracker: IssueTracker | None) -> dict[str, str]:
    if tracker is None:
        return {}
    if tracker.kind == "other":
        return {"kind": "other", "template": tracker.template}
    return {"kind": tracker.kind, **tracker_urls.parts_of(tracker.kind, tracker.template)}
