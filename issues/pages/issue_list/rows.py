"""The rows of the list. They are put together here and not in a template, which takes ten times as long for fifty of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from html import escape
from urllib.parse import urlencode
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from issues import lifecycle
from issues.models import Issue, Level
from issues.pages.heading import heading_of
from issues.pages.issue_list.trends import Trends
from issues.record.trends import Escalating, escalating
from issues.render.values import line, visible
from rustrak.templatetags.show import ago, count

_NEW = timedelta(hours=24)
_ANY = UUID(int=0)
_NOBODY = '<span class="faint">–</span>'
_ROW = """
<tr data-row>
<td class="pick"><input type="checkbox" name="issue" value="{key}" aria-label="Select {short}"{checked}></td>
<td class="mark">{level}</td>
<th scope="row" class="what"><div class="words"><a id="issue-{key}" href="{link}" title="{title}"><bdi><b>{strong}</b>{rest}</bdi></a></div>
<div class="meta">{dot}<span class="short"{project}>{short}</span>{badges}<span class="since">since {first}</span>{whose}{culprit}</div></th>
<td class="trend">{trend}</td>
<td class="num events">{events}<span class="unit"> {event_unit}</span></td>
<td class="num users">{users}</td>
<td class="num first">{first}{first_in}</td>
<td class="num seen">{last}{last_in}</td>
<td class="whose">{assignee}</td>
</tr>"""
_DOT = '<span class="dot" title="New or back since you last looked"><span class="visually-hidden">for review</span></span>'


@dataclass(frozen=True, slots=True)
class Style:
    """What the rows of one page have in common: `here` is the address of the list, which links to issues carry; with `projects`
    they belong to several; with `states` they have several; with `checked` all are selected."""

    here: str
    now: datetime
    projects: bool
    states: bool
    checked: bool


def rows(issues: Sequence[Issue], trends: Trends, style: Style) -> list[SafeString]:
    """A table row for each issue, whose project, assignee and team are loaded."""
    carried = urlencode({"list": style.here}, safe="/")
    much = escalating(style.now)
    # Fifty addresses of the same form: reverse() would take longer than all the rest of a row.
    slugs = {issue.project.slug for issue in issues}
    forms = {slug: reverse("issue", args=[slug, _ANY]).rpartition(str(_ANY)) for slug in slugs}

    def link(issue: Issue) -> str:
        before, _, after = forms[issue.project.slug]
        return f"{before}{issue.pk}{after}?{carried}"

    return [_row(issue, trends.of(issue.pk), link(issue), style, much) for issue in issues]


def _row(issue: Issue, trend: SafeString, link: str, style: Style, much: Escalating) -> SafeString:
    heading = heading_of(issue.title, issue.type, issue.value)
    strong, rest = escape(heading.strong), escape(heading.rest)
    name = escape(visible(lifecycle.name_of(issue.assignee or issue.assigned_team)))
    culprit = escape(visible(issue.culprit))
    # Everything that others wrote was escaped above.
    return mark_safe(
        _ROW.format(
            key=issue.pk,
            short=issue.short_id,
            checked=" checked" if style.checked else "",
            level=_level(Level(issue.level).label),
            link=link,
            title=f"{strong}: {rest}" if rest else strong,
            strong=strong,
            rest=f" <span>{rest}</span>" if rest else "",
            dot=_DOT if getattr(issue, "is_for_review", False) else "",
            project=f' title="{escape(issue.project.name)}"' if style.projects else "",
            badges=""
            if issue.status != Issue.Status.OPEN and not style.states
            else badges(issue, style.now, much),
            whose=f'<bdi class="whose" title="Assignee">{name}</bdi>' if name else "",
            culprit=f'<bdi class="culprit">{culprit}</bdi>' if culprit else "",
            trend=trend,
            events=count(issue.event_count),
            event_unit="event" if issue.event_count == 1 else "events",
            users=_users(issue.user_count),
            first=ago(issue.first_seen),
            first_in=_seen_in(issue, issue.first_release, issue.first_environment),
            last=ago(issue.last_seen),
            last_in=_seen_in(issue, issue.last_release, issue.last_environment),
            assignee=f"<bdi>{name}</bdi>" if name else _NOBODY,
        )
    )


def _seen_in(issue: Issue, release: str, environment: str) -> str:
    """The release and environment of the event that was seen first or last; the release leads to its page."""
    shown = [escape(line(name)) for name in (release, environment) if name]
    if not shown:
        return ""
    names = f"<bdi>{' · '.join(shown)}</bdi>"
    if not release:
        return f'<div class="in">{names}</div>'
    link = f"{_releases(issue.project.slug)}?{urlencode({'release': release})}"
    return f'<div class="in"><a href="{escape(link)}" title="{" · ".join(shown)}">{names}</a></div>'


@lru_cache(maxsize=256)
def _releases(slug: str) -> str:
    return reverse("release", args=[slug])


def badges(issue: Issue, now: datetime, much: Escalating | None = None) -> SafeString:
    """What is special about an issue: the same words as `is:` of the search has (issues.search.conditions.states)."""
    if issue.status != Issue.Status.OPEN:
        return _badge(issue.status)
    much = much or escalating(now)
    found = mark_safe("")
    if issue.regressed_at is not None:
        found = _badge("regressed")
    elif now - issue.first_seen < _NEW:
        found = _badge("new")
    is_much = issue.trend >= max(much.least_trend, issue.usual + much.least_difference)
    return (
        found + _badge("escalating", "error") if is_much and issue.first_seen <= much.known_before else found
    )


def _badge(name: str, kind: str = "") -> SafeString:
    return mark_safe(f'<span class="badge {kind or name}">{name}</span>')


def _users(number: int) -> str:
    return (
        f'{count(number)}<span class="unit"> {"user" if number == 1 else "users"}</span>' if number else "–"
    )


@cache
def _level(label: str) -> SafeString:
    return render_to_string("issues/_level.html", {"level": label})
