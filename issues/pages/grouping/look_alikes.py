"""The issues of a project that are probably the same, with what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import bulk_actions, look_alikes, merging, search
from issues.look_alikes import Group
from issues.models import BulkAction, Issue, IssueQuerySet, NotTheSame
from issues.pages.bulk.outcome import tell
from issues.pages.heading import Heading, heading_of
from issues.pages.sent import uuids
from issues.render.values import line, visible

SIZE = 10
#: What was said not to be the same, the latest first.
MOST_SAID = 100
_SHOWN = 160


@dataclass(frozen=True)
class Member:
    """One issue of a group, with what is different in it: names and texts."""

    issue: Issue
    heading: Heading
    texts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """A group: `differ` are the names of what differs. `hidden` more issues are not shown."""

    smart_hash: str
    members: Sequence[Member]
    differ: Sequence[str]
    hidden: int
    count: int

    @property
    def oldest(self) -> Issue:
        return self.members[0].issue


@member(section=Section.ISSUES)
@require_safe
def look_alike_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """Groups of issues, those of most issues first. Query string: `page`."""
    trouble, groups, more = "", list[Group](), False
    try:
        with search.limited():
            groups, more = look_alikes.of_project(project)
    except search.TookTooLong:
        trouble = "Looking for issues that look alike took too long."
    page: Page[Group] = Paginator(groups, SIZE).get_page(request.GET.get("page"))
    said = look_alikes.apart(project).select_related("issue", "other", "by").order_by("-at", "-pk")
    pairs = list(said[: MOST_SAID + 1])
    for each in pairs:
        each.issue.project = each.other.project = project
    context = {
        "project": project,
        "groups": shown(project, list(page.object_list)),
        "page": page,
        "count": len(groups),
        "more": more,
        "most": look_alikes.MOST_GROUPS,
        "trouble": trouble,
        "said": [(each, _by(each)) for each in pairs[:MOST_SAID]],
        "more_said": len(pairs) > MOST_SAID,
        "here": request.get_full_path(),
        "undo_days": merging.UNDO_FOR.days,
    }
    return render(request, "issues/grouping/look_alikes.html", context)


@member(section=Section.ISSUES)
@require_safe
def issue_look_alikes(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """The issues that are probably the same as one, beside it: the oldest MOST_SHOWN of them."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    found = look_alikes.of_issue(issue, look_alikes.MOST_SHOWN)
    keys = [each.pk for each in sorted([issue, *found], key=lambda each: each.digest_order)]
    is_full = len(found) == look_alikes.MOST_SHOWN
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "groups": shown(project, [Group("", keys, len(keys))]),
        "most": look_alikes.MOST_SHOWN if is_full else 0,
        "undo_days": merging.UNDO_FOR.days,
    }
    return render(request, "issues/grouping/issue_look_alikes.html", context)


def shown(project: Project, groups: Sequence[Group]) -> list[Shown]:
    """The groups with their issues and what differs in these. One query, and one for each group."""
    issues = Issue.objects.in_bulk([key for group in groups for key in group.keys])
    found = []
    for group in groups:
        own = [issues[key] for key in group.keys if key in issues]
        if len(own) + group.hidden < 2 or not own:
            continue
        for issue in own:
            issue.project = project
        differ = look_alikes.differences(own)
        members = [
            Member(
                issue,
                heading_of(issue.title, issue.type, issue.value),
                [(each.name, line(each.texts[number], _SHOWN) or "–") for each in differ],
            )
            for number, issue in enumerate(own)
        ]
        found.append(
            Shown(group.smart_hash, members, [each.name for each in differ], group.hidden, group.count)
        )
    return found


def _by(said: NotTheSame) -> str:
    return visible(said.by.get_short_name()) if said.by else ""


@member
@require_POST
def look_alikes_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """With `action` `merge`: merge the checked issues (`issue`, UUIDs), or with `all` those of the key `hash`, into the oldest of them.

    With `apart`: the checked issues are not the same as the others of their group (`of`, UUIDs), nor as each other. With `forget`: forget
    that about `one` and `other`.
    """
    sent = request.POST
    if sent.get("action") == "merge":
        return _merge(request, project)
    if sent.get("action") == "forget":
        pair = uuids([sent.get("one", ""), sent.get("other", "")])
        if len(pair) == 2 and look_alikes.undo(project, *pair):
            messages.success(
                request, "Forgotten. The two are offered for merging again where they look alike."
            )
        else:
            messages.warning(request, "This was forgotten already.")
        return redirect("look_alikes", project.slug)
    try:
        new = look_alikes.not_the_same(
            project, _sent(sent.getlist("issue")), _sent(sent.getlist("of")), request.user
        )
    except look_alikes.TooMany as error:
        messages.error(request, f"Nothing was changed. {error}")
    else:
        messages.success(
            request,
            "Noted: these issues are not the same. They are not offered for merging again; below this can be undone."
            if new
            else "This was noted already.",
        )
    return redirect("look_alikes", project.slug)


def _merge(request: SignedInRequest, project: Project) -> HttpResponse:
    sent = request.POST
    chosen = _sent(sent.getlist("issue"))
    if sent.get("all"):
        chosen = look_alikes.all_of(project, sent.get("hash", ""), merging.MOST)
    issues: IssueQuerySet = project.issues.filter(pk__in=chosen)
    oldest = issues.order_by("digest_order").values_list("pk", flat=True).first()
    try:
        action = bulk_actions.begin(issues, BulkAction.Kind.MERGE, request.user, project, target=oldest)
    except ValueError as error:
        messages.error(request, str(error))
    else:
        tell(request, action)
    return redirect("look_alikes", project.slug)


def _sent(texts: Sequence[str]) -> list[UUID]:
    return list(uuids(texts))
