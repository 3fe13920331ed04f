"""A notice as a subject, as text and as HTML. The text says all that the HTML says.

In HTML, whatever an event sent stands inside a link to Rustrak, so that no mail program makes a link of it; in text it is
indented, so that it cannot be taken for ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from django.template.loader import render_to_string

from issues.alerts.mail import words
from issues.alerts.notice import AboutIssue, Notice
from rustrak.lib.wording import counted

#: Of a burst. All of a message stays far below the 102 KB at which Gmail cuts it.
MOST_LISTED, LISTED_TITLE = 25, 100
MOST_PAIRS = 20


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message: `zone` is for its times, `why` a sentence, `links` pairs of text and address."""

    why: str
    links: tuple[tuple[str, str], ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message that is ready to be sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Row:
    """One issue of a burst."""

    short_id: str
    title: str
    about: str
    level: str
    url: str


@dataclass(frozen=True, slots=True)
class _View:
    """What a message shows, made safe for one line each."""

    headline: str
    project: str
    project_url: str
    title: str
    culprit: str
    detail: str
    level: str
    pairs: list[tuple[str, str]]
    frame: str
    code: str
    rows: list[_Row]
    more: str
    label: str
    url: str


def render(notice: Notice, reader: Reader) -> Rendered:
    """A notice for a reader. The subject is that of a conversation's first message."""
    view = _view(notice, reader)
    issue = notice.issue
    subject = words.subject(
        notice.project.name, issue.title if issue else notice.headline, issue.short_id if issue else ""
    )
    html = render_to_string(
        "issues/alerts/mail/message.html", {"view": view} | frame(view.headline, reader)
    ).strip()
    return Rendered(subject, _text(view) + ending(reader), html)


def frame(name: str, reader: Reader) -> dict[str, object]:
    """What base.html needs of any message."""
    return {"name": name, "style": STYLE, "why": words.one_line(reader.why, 400), "links": reader.links}


def ending(reader: Reader) -> str:
    """The last lines of any text: why one gets it, and what one can do about it."""
    ends = [words.one_line(reader.why, 400), *(f"{text}: {url}" for text, url in reader.links)]
    return "\n\n-- \n" + "\n".join(ends) + "\n"


def _view(notice: Notice, reader: Reader) -> _View:
    issue = notice.issue
    url = notice.url or (issue.url if issue else notice.project.url)
    listed = notice.listed[:MOST_LISTED]
    return _View(
        headline=words.one_line(notice.headline),
        project=words.one_line(notice.project.name, words.NAME),
        project_url=notice.project.url,
        title=words.one_line(issue.title) if issue else "",
        culprit=words.one_line(issue.culprit, 200) if issue else "",
        detail=words.one_line(notice.detail),
        level=issue.level.lower() if issue else "info",
        pairs=_pairs(notice, reader.zone),
        frame=words.one_line(issue.frame, 200) if issue else "",
        code="\n".join(words.excerpt(issue.excerpt)) if issue else "",
        rows=[_row(each) for each in listed],
        more=f"and {notice.total - len(listed):,} more" if notice.total > len(listed) > 0 else "",
        label=_label(notice),
        url=url,
    )


def _label(notice: Notice) -> str:
    """What the button says."""
    if notice.issue is not None and notice.url in ("", notice.issue.url):
        return f"Open {words.one_line(notice.issue.short_id, 70)}"
    return f"Open {words.one_line(notice.project.name, 40)}" if notice.issue is None else "Open in Rustrak"


def _pairs(notice: Notice, zone: tzinfo) -> list[tuple[str, str]]:
    """What is known in a few words: first what the notice says, then what the issue is now."""
    found = [
        (words.one_line(name, 40), words.one_line(text, 200)) for name, text in notice.fields[:MOST_PAIRS]
    ]
    issue = notice.issue
    if issue is not None:
        found += [
            ("Level", words.one_line(issue.level, 20)),
            ("Environment", words.one_line(issue.environment, words.NAME)),
            ("Release", words.one_line(issue.release, 200)),
            ("Status", words.one_line(issue.status, 40)),
            ("Assigned to", words.one_line(issue.assignee, words.NAME)),
            ("So far", _count(issue)),
            ("First seen", words.moment(issue.first_seen, zone)),
            ("Last seen", words.moment(issue.last_seen, zone)),
        ]
    elif not notice.listed:
        found.append(("Time", words.moment(notice.at, zone)))
    pairs: dict[str, tuple[str, str]] = {}
    for name, text in found:
        if text:
            pairs.setdefault(name.casefold(), (name, text))
    return list(pairs.values())


def _count(issue: AboutIssue) -> str:
    users = f", {counted(issue.users, 'user')}" if issue.users else ""
    return f"{counted(issue.events, 'event')}{users}"


def _row(issue: AboutIssue) -> _Row:
    return _Row(
        short_id=words.one_line(issue.short_id, 70),
        title=words.one_line(issue.title, LISTED_TITLE),
        about=f"{words.one_line(issue.level, 20)}, {_count(issue)}",
        level=issue.level.lower(),
        url=issue.url,
    )


def _text(view: _View) -> str:
    """The plain text: what is ours begins at the margin, what events sent is indented."""
    parts = [f"{view.project}: {view.headline}"]
    parts.append(words.indented([line for line in (view.title, view.culprit) if line]))
    parts.append(words.indented([view.detail] if view.detail else []))
    parts.append(words.indented([f"{name}: {text}" for name, text in view.pairs]))
    if view.frame or view.code:
        parts.append(words.indented([view.frame, "", *view.code.split("\n")]).strip("\n"))
    for row in view.rows:
        parts.append(f"{row.short_id} ({row.about})\n{words.indented([row.title])}\n{row.url}")
    parts.append(view.more)
    parts.append(f"{view.label}:\n{view.url}")
    return "\n\n".join(part for part in parts if part)


_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif"
_MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
_BREAK = "word-break:break-word;overflow-wrap:anywhere"
#: Inline styles by name, for the light theme: many mail programs read nothing else. _style.html has the dark one.
STYLE: dict[str, str] = {
    "font": _FONT,
    "page": f"margin:0;padding:0;background-color:#f6f6f4;color:#1b1c1e;{_FONT};-webkit-text-size-adjust:100%",
    "card": f"background-color:#ffffff;border:1px solid #e2e2de;border-radius:6px;padding:16px 20px;{_FONT}",
    "text": f"color:#1b1c1e;text-decoration:none;{_BREAK}",
    "muted": f"color:#56595f;text-decoration:none;{_BREAK}",
    "small": "font-size:13px;line-height:1.45;color:#56595f",
    "body": f"font-size:15px;line-height:1.45;color:#1b1c1e;{_BREAK}",
    "title": f"{_FONT};margin:4px 0 2px;font-size:18px;line-height:1.35;font-weight:600;color:#1b1c1e;{_BREAK}",
    "heading": f"{_FONT};margin:0;font-size:16px;line-height:1.35;font-weight:600;color:#1b1c1e;{_BREAK}",
    "code": (
        f"margin:0;padding:10px 12px;background-color:#f6f6f4;border:1px solid #e2e2de;border-radius:4px;{_MONO};"
        f"font-size:12px;line-height:1.5;white-space:pre-wrap;color:#1b1c1e;{_BREAK}"
    ),
    "name": f"{_FONT};padding:2px 12px 2px 0;font-size:13px;line-height:1.45;color:#56595f;white-space:nowrap",
    "value": f"{_FONT};padding:2px 0;font-size:13px;line-height:1.45;{_BREAK}",
    "button": (
        f"{_FONT};display:inline-block;padding:10px 18px;border:1px solid #1a5fb4;border-radius:4px;font-size:15px;"
        "font-weight:600;color:#ffffff;background-color:#1a5fb4;text-decoration:none"
    ),
    "link": "color:#1a5fb4;text-decoration:underline",
    "row": f"{_FONT};padding:8px 0;border-top:1px solid #e2e2de;font-size:14px;line-height:1.4;{_BREAK}",
}
