"""A summary as a subject, as text and as HTML: bars of table cells, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from django.conf import settings
from django.template.loader import render_to_string

from issues.alerts.mail import words
from issues.alerts.mail.rendering import Reader, Rendered, ending, frame
from issues.alerts.mail.summary_content import IssueLine, Period, ProjectPart
from rustrak.lib.wording import counted

#: Projects with bars and issues, all of these issues, and projects with a line of their own besides: a message stays below
#: the 102 KB at which Gmail cuts it.
MOST_PARTS, MOST_ROWS, MOST_LINES = 8, 32, 40
TITLE = 80


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar: what it is of, how wide it is (`34%`, or nothing), and the number that it stands for."""

    name: str
    width: str
    text: str
    is_before: bool


@dataclass(frozen=True, slots=True)
class _Row:
    title: str
    about: str
    level: str
    url: str


@dataclass(frozen=True, slots=True)
class _Group:
    """What is new, what came back, or what grew."""

    name: str
    rows: list[_Row]
    more: str


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    url: str
    about: str
    bars: list[_Bar]
    groups: list[_Group]


def render(parts: Sequence[ProjectPart], period: Period, *, weekly: bool, reader: Reader) -> Rendered:
    """The summary of a period. `parts` are the person's projects in the order in which they are told."""
    busy = [part for part in parts if not part.is_quiet]
    when = _when(period, reader.zone, weekly=weekly)
    kind = "Weekly summary" if weekly else "Daily summary"
    shown, others = busy[:MOST_PARTS], busy[MOST_PARTS : MOST_PARTS + MOST_LINES]
    rest = _more(busy[MOST_PARTS + MOST_LINES :])
    most = max((max(part.events, part.before) for part in shown), default=0)
    left, views = MOST_ROWS, []
    for part in shown:
        view = _part(part, most, left, weekly=weekly)
        left -= sum(len(group.rows) for group in view.groups)
        views.append(view)
    told = _told(busy)
    context = {
        "kind": kind,
        "when": when,
        "told": told,
        "parts": views,
        "lines": [_line(part) for part in others],
        "more": rest,
        "quiet": _quiet(parts),
        "home": f"{settings.PUBLIC_URL}/",
    }
    html = render_to_string("issues/alerts/mail/summary.html", context | frame(kind, reader)).strip()
    lines = "\n".join(f"  {name}: {about}" for name, about, _ in map(_line, others))
    text = _text(f"{kind}, {when}", told, views, [lines, rest, _quiet(parts)])
    return Rendered(f"[Rustrak] {kind}, {when}: {told}", text + ending(reader), html)


def _when(period: Period, zone: tzinfo, *, weekly: bool) -> str:
    first = period.start.astimezone(zone)
    if not weekly:
        return f"{first:%-d %b %Y}"
    last = (period.end - timedelta(seconds=1)).astimezone(zone)
    return f"{first:%-d %b} to {last:%-d %b %Y}"


def _told(parts: Sequence[ProjectPart]) -> str:
    """`3 new issues, 1 regressed, 2 grew`, only what is not nothing; the events where all of it is."""
    if not parts:
        return "nothing happened"
    new, regressed, grown = (
        sum(getattr(part, name) for part in parts) for name in ("new", "regressed", "grown")
    )
    told = [
        counted(new, "new issue") if new else "",
        f"{regressed:,} regressed" if regressed else "",
        f"{grown:,} grew" if grown else "",
    ]
    events = sum(part.events for part in parts)
    return ", ".join(filter(None, told)) or f"{counted(events, 'event')}, nothing new"


def _more(rest: Sequence[ProjectPart]) -> str:
    if not rest:
        return ""
    return (
        f"and {counted(len(rest), 'more project')} with {counted(sum(part.events for part in rest), 'event')}"
    )


def _quiet(parts: Sequence[ProjectPart]) -> str:
    names = [words.one_line(part.name, 60) for part in parts if part.is_quiet]
    if not names:
        return ""
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return f"Nothing happened in {', '.join(names[:10])}{more}."


def _part(part: ProjectPart, most: int, rows: int, *, weekly: bool) -> _Part:
    groups = []
    for name, total, issues in (
        ("New", part.new, part.new_issues),
        ("Regressed", part.regressed, part.regressed_issues),
        ("Grew", part.grown, part.grown_issues),
    ):
        shown = [_row(part, issue) for issue in issues[: max(0, rows)]]
        rows -= len(shown)
        if total:
            more = f"and {total - len(shown):,} more" if shown else f"{total:,}"
            groups.append(_Group(name, shown, more if total > len(shown) else ""))
    span = ("this week", "week before") if weekly else ("this day", "day before")
    return _Part(
        name=words.one_line(part.name, 60),
        url=f"{settings.PUBLIC_URL}/projects/{part.slug}/issues/",
        about=f"{counted(part.events, 'event')}, {part.before:,} before",
        bars=[_bar(span[0], part.events, most, False), _bar(span[1], part.before, most, True)],
        groups=groups,
    )


def _line(part: ProjectPart) -> tuple[str, str, str]:
    """A project in short: its name, what happened, and its address."""
    changed = part.new or part.regressed or part.grown
    about = f"{counted(part.events, 'event')}, {_told([part])}" if changed else _told([part])
    return words.one_line(part.name, 60), about, f"{settings.PUBLIC_URL}/projects/{part.slug}/issues/"


def _bar(name: str, value: int, most: int, is_before: bool) -> _Bar:
    # What is not nothing has something to see.
    width = f"{max(1, round(100 * value / most))}%" if value and most else ""
    return _Bar(name.capitalize(), width, counted(value, "event"), is_before)


def _row(part: ProjectPart, issue: IssueLine) -> _Row:
    before = f", {issue.before:,} before" if issue.before else ""
    return _Row(
        title=words.one_line(issue.title, TITLE),
        about=f"{part.slug.upper()}-{issue.number}: {counted(issue.events, 'event')}{before}",
        level=issue.level.lower(),
        url=f"{settings.PUBLIC_URL}/projects/{part.slug}/issues/{issue.id}/",
    )


def _text(head: str, told: str, parts: Sequence[_Part], ends: Sequence[str]) -> str:
    blocks = [f"{head}: {told}"]
    for part in parts:
        lines = [f"{part.name}: {part.about}", part.url]
        for group in part.groups:
            lines += ["", f"  {group.name}"]
            for row in group.rows:
                lines += [f"    {row.title}", f"    {row.about}", f"    {row.url}"]
            if group.more:
                lines.append(f"    {group.more}")
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *(end for end in ends if end)])
