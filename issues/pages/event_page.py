"""The page of one event of an issue, with everything that is known of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project, User
from accounts.navigation import Section
from issues import assignees, lifecycle, look_alikes, review
from issues.fingerprint_rules.taken import rule_of
from issues.groupings.mechanism import transition_ends_at
from issues.models import Event, Issue, IssueQuerySet, Level
from issues.ownership import suggested
from issues.pages import hours, tags, user_reports
from issues.pages.activity import view as activity
from issues.pages.artifacts import shown as shown_frames
from issues.pages.commits import of_event
from issues.pages.event_list.neighbours import FIELDS, around
from issues.pages.external_issues import elsewhere
from issues.pages.heading import Heading, heading_of
from issues.pages.issue_list.neighbours import carried, neighbours
from issues.pages.issue_list.rows import badges
from issues.pages.monitor_rows import monitor_of
from issues.pages.releases import marks
from issues.pages.states.shown import shown as shown_state
from issues.payload import access
from issues.payload.access import first_line
from issues.payload.title import NO_TITLE
from issues.payload.user import stored_identity
from issues.query.parsing import LONGEST as LONGEST_QUERY
from issues.record import codec, references
from issues.releases import happened
from issues.render.event import EventView, event_view
from issues.render.markdown import markdown
from issues.render.notes import remarks
from issues.render.sections.grouping import explanation
from issues.render.values import line, visible
from rustrak.lib import clock, tolerant_json

_LATEST_FIRST = [f"-{name}" for name in FIELDS]
# Look-alikes that the page names; the others are on the page of them.
_LOOK_ALIKES = 3


def _issue(project: Project, issue_id: UUID, viewer: User) -> Issue:
    issues: IssueQuerySet = project.issues.select_related("assignee", "assigned_team")
    issue = get_object_or_404(review.with_review(issues, viewer, project), pk=issue_id)
    issue.project = project
    return issue


def _with_neighbours(events: QuerySet[Event]) -> Any:
    """Each event with the ids of the first, the next older, the next newer and the latest of its issue. One query.

    By the time at which they happened, as the list has them: events that were merged in have higher numbers than later ones.
    """
    same = Event.objects.filter(issue=OuterRef("issue")).values("pk")
    time, number = OuterRef("timestamp"), OuterRef("digest_order")
    # The first part lets the database begin in the index at the right row.
    older = Q(timestamp__lte=time) & (Q(timestamp__lt=time) | Q(digest_order__lt=number))
    newer = Q(timestamp__gte=time) & (Q(timestamp__gt=time) | Q(digest_order__gt=number))
    return events.select_related("grouping").annotate(
        first_id=Subquery(same.order_by(*FIELDS)[:1]),
        older_id=Subquery(same.filter(older).order_by(*_LATEST_FIRST)[:1]),
        newer_id=Subquery(same.filter(newer).order_by(*FIELDS)[:1]),
        latest_id=Subquery(same.order_by(*_LATEST_FIRST)[:1]),
        **of_event.KNOWN,
    )


def _named(issue: Issue, event_id: UUID) -> Q:
    return Q(pk=event_id) | Q(project=issue.project_id, event_id=event_id)


@member(section=Section.ISSUES)
@require_safe
def issue(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """The latest event of an issue."""
    found = _issue(project, issue_id, request.user)
    return _page(request, found, _with_neighbours(found.events.all()).order_by(*_LATEST_FIRST).first())


@member(section=Section.ISSUES)
@require_safe
def event(request: SignedInRequest, project: Project, issue_id: UUID, event_id: UUID) -> HttpResponse:
    """One event, by its primary key or by the SDK's event id."""
    found = _issue(project, issue_id, request.user)
    return _page(
        request, found, get_object_or_404(_with_neighbours(found.events.filter(_named(found, event_id))))
    )


@member
@require_safe
def event_json(request: SignedInRequest, project: Project, issue_id: UUID, event_id: UUID) -> HttpResponse:
    """The stored payload as a JSON download."""
    found = _issue(project, issue_id, request.user)
    one = get_object_or_404(found.events.filter(_named(found, event_id)))
    try:
        data = references.show(one.payload, tolerant_json.dumps)
    except codec.UnknownForm as error:
        raise Http404(str(error)) from None
    name = f"{found.short_id}-{one.event_id.hex}.json"
    return HttpResponse(
        data,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(request: SignedInRequest, issue: Issue, event: Any) -> HttpResponse:
    now = clock.now()
    project = issue.project
    if request.method == "GET":
        review.seen(request.user, issue)
    counts = hours.of_issues([issue.pk], now, hours.TWO_DAYS).get(issue.pk)
    releases = happened.since([project.pk], now - timedelta(days=hours.MONTH)).get(project.pk, [])
    context: dict[str, Any] = {
        "project": project,
        "issue": issue,
        "level": Level(event.level if event else issue.level).label,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "chart": hours.histogram(counts, now, marked=marks.by_hour(releases, now, hours.TWO_DAYS)),
        "badges": badges(issue, now),
        "standing": shown_state(issue, now),
        "last_days": sum(counts or []),
        "month": hours.month(hours.days_of(issue.pk, now), now, marks.by_day(releases, now, hours.MONTH)),
        "happened": marks.latest(releases),
        "top_tags": tags.top(issue),
        "history": activity.latest(issue, request.user),
        "watching": activity.watching_of(issue, request.user),
        "here": request.get_full_path(),
        "culprit": visible(issue.culprit),
        **user_reports.counts_of_issue(issue),
        "monitor": monitor_of(issue),
        "assignee": visible(lifecycle.name_of(issue.assignee or issue.assigned_team)),
        **_candidates(project),
        "assigned_to": assignees.value_of(issue.assignee or issue.assigned_team),
        "neighbours": neighbours(request, issue),
        "look_alikes": look_alikes.of_issue(issue, _LOOK_ALIKES + 1),
    }
    if event is None:
        context["elsewhere"] = elsewhere(issue, None)
        return render(request, "issues/event_gone.html", context)
    links = {
        name: reverse("event", args=[project.slug, issue.pk, getattr(event, f"{name}_id")])
        for name in ("first", "older", "newer", "latest")
        if getattr(event, f"{name}_id") not in (None, event.pk)
    }
    if found := around(issue, event, request.GET.get("q", "")[:LONGEST_QUERY], request.user):
        links = {"older": found.older, "newer": found.newer}
    context |= {
        "found": found,
        "event": event,
        "own_link": reverse("event", args=[project.slug, issue.pk, event.pk]),
        "json_link": reverse("event_json", args=[project.slug, issue.pk, event.pk]),
        "links": links,
        "grouping_cut_from": event.grouping.cut_from,
        "grouping_ends": transition_ends_at(project),
        **user_reports.of_event(project, event, request.GET),
    }

    def shown(payload: dict[str, Any]) -> HttpResponse:
        return render(request, "issues/event.html", context | _shown(request, issue, event, payload))

    try:
        return references.show(event.payload, shown)
    except codec.UnknownForm as error:
        gone = {"trouble": str(error), "elsewhere": elsewhere(issue, None)}
        return render(request, "issues/event_gone.html", {**context, **gone})


def _candidates(project: Project) -> dict[str, list[tuple[str, str]]]:
    """The `people` and `teams` to whom the issue can be assigned, as the form offers them."""
    people, teams = assignees.choices([project])
    return {
        "people": [(value, visible(name)) for value, name in people],
        "teams": [(value, visible(name)) for value, name in teams],
    }


def _shown(request: SignedInRequest, issue: Issue, event: Event, payload: dict[str, Any]) -> dict[str, Any]:
    """The context of the page's sections."""
    expand_all = request.GET.get("frames") == "all"
    oldest_first = request.GET.get("order") == "oldest"
    repositories = of_event.repositories(event)
    listed, q = carried(request), request.GET.get("q", "")[:LONGEST_QUERY]
    form = shown_frames.shown(issue.project, event, payload, request.GET)
    as_sent = request.GET.get("source") == shown_frames.AS_SENT
    view = event_view(
        form.annotated,
        platform=event.platform,
        timestamp=event.timestamp,
        notes=event.notes,
        expand_all=expand_all,
        oldest_first=oldest_first,
        source_link=of_event.source_links(event, repositories),
        stored=payload,
    )
    heading = _heading(issue, event, view)
    link = settings.PUBLIC_URL + reverse("event", args=[issue.project.slug, issue.pk, event.pk])
    title = f"{heading.strong}: {heading.rest}" if heading.rest else heading.strong
    own = event.grouping
    grouping = explanation(
        payload,
        key=own.key,
        key_hash=own.key_hash,
        mechanism=own.mechanism,
        uses=issue.project.grouping,
        rule=rule_of(issue.project, event.notes),
        readable=form.readable,
    )
    return {
        "view": view,
        "grouping": grouping,
        "elsewhere": elsewhere(issue, view),
        "remarks": remarks(event.notes, payload),
        "trace_id": _trace_id(payload),
        "suggested": suggested.of(issue, form.readable),
        "suspect_commits": of_event.section(issue, event, form.readable, repositories),
        "person": who.number if (who := stored_identity(payload, event.notes or ())) else None,
        "heading": heading,
        "said": view.exceptions.main.value if view.exceptions.main and heading.strong == view.type else None,
        "expand_all": expand_all,
        "oldest_first": oldest_first,
        "form": form,
        "frames_link": _switch(not expand_all, oldest_first, as_sent, listed, q),
        "order_link": _switch(expand_all, not oldest_first, as_sent, listed, q),
        "source_link": _switch(expand_all, oldest_first, not as_sent, listed, q),
        "keep": _switch(expand_all, oldest_first, as_sent, listed, q)
        if expand_all or oldest_first or as_sent or listed or q
        else "",
        "markdown": markdown(view, title=title[:300], link=link, grouping=grouping),
    }


def _trace_id(payload: dict[str, Any]) -> str:
    """The id of the trace that the event belongs to, empty for none."""
    trace = access.mapping(access.mapping(payload.get("contexts")).get("trace"))
    return line(access.text(trace.get("trace_id")), 64)


def _heading(issue: Issue, event: Event, view: EventView) -> Heading:
    """The event's own title, which may differ from its issue's; with the exception's whole value."""
    title = visible(event.own_title or issue.title)
    if view.type and title.startswith(view.type):
        return Heading(view.type, view.value)
    return Heading(title if first_line(title) else NO_TITLE, "")


def _switch(expand_all: bool, oldest_first: bool, as_sent: bool, listed: str, q: str) -> str:
    """The query string that shows the stack trace so, with the address of the list of issues and the search of events that the page
    was reached from."""
    chosen = {
        "frames": "all" if expand_all else "",
        "order": "oldest" if oldest_first else "",
        "source": shown_frames.AS_SENT if as_sent else "",
        "list": listed,
        "q": q,
    }
    return "?" + urlencode({name: value for name, value in chosen.items() if value}, safe="/")
