"""What a message says, in the order in which all chats say it: a line for the phone, what it is about, facts. Pure.

Texts are as in the notice, except for `facts` and `listed`, which are bounded. Modules of channels escape all of them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

from issues.alerts.channel import Thread
from issues.alerts.channels import text
from issues.alerts.notice import AboutIssue, Notice
from issues.models import News

#: What a message is like, for colours and priorities.
Tone = Literal["fatal", "error", "warning", "info", "good", "quiet"]

#: Not worth a sound on a phone: people did it, and the first message was the alarm.
FOLLOW_UPS = frozenset({News.RESOLVED, News.REOPENED, News.MUTED, News.ASSIGNED, News.MONITOR_RECOVERED})

MARK: dict[Tone, str] = {
    "fatal": "🔴", "error": "🔴", "warning": "🟠", "info": "🔵", "good": "🟢", "quiet": "⚪",
}  # fmt: skip
COLOR: dict[Tone, int] = {
    "fatal": 0xB3261E, "error": 0xD64532, "warning": 0xD98E04, "info": 0x2F6FDE, "good": 0x2E8B57, "quiet": 0x8A8F98,
}  # fmt: skip
_TONES: dict[str, Tone] = {"fatal": "fatal", "error": "error", "warning": "warning"}
_STATES = {"open": "Open", "resolved": "Resolved", "muted": "Muted"}
_TELLS_STATUS = frozenset({News.RESOLVED, News.REOPENED, News.MUTED, News.UNMUTED, News.REGRESSED})
_LONGEST_FACT = 200
MOST_FACTS = 10
MOST_LISTED = 20


def lead(notice: Notice) -> str:
    """What happened and where, in a few words: `New issue in shop-api`, `Resolved by Ana in shop-api`."""
    said = notice.detail if _repeats(notice) else notice.headline
    return f"{said} in {notice.project.name}" if notice.project.name else said


def detail(notice: Notice) -> str:
    """The notice's sentence, unless `lead` has it already. How many of a burst are listed is told by `more`."""
    return "" if _repeats(notice) or notice.news == News.BURST else notice.detail


def summary(notice: Notice) -> str:
    """All of it in one line, for notifications: `New issue in shop-api: KeyError: 'order_id'`."""
    said = lead(notice)
    about = notice.issue.title if notice.issue else detail(notice)
    return f"{said}: {about}" if about else said


def sentence(notice: Notice) -> str:
    """What happened, without where: `Resolved by Ana`, `Escalating: 150 events in 5 min`."""
    if _repeats(notice):
        return notice.detail
    return f"{notice.headline}: {said}" if (said := detail(notice)) else notice.headline


def state(notice: Notice) -> str:
    """How the issue is now, after this notice: `Resolved by Ana`, `Open · Escalating: 150 events in 5 min`."""
    said = sentence(notice)
    if notice.news in _TELLS_STATUS or notice.issue is None:
        return said
    return f"{_STATES.get(notice.issue.status, notice.issue.status.capitalize())} · {said}"


def tone(notice: Notice) -> Tone:
    """What the message is like: by what happened, else by how severe the issue is."""
    if notice.closes:
        return "good"
    if notice.news == News.MUTED:
        return "quiet"
    if notice.news == News.TEST:
        return "info"
    if notice.issue is None:
        worst = {one.level.lower() for one in notice.listed} if notice.listed else {"warning"}
        return next((name for level, name in _TONES.items() if level in worst), "info")
    return _TONES.get(notice.issue.level.lower(), "info")


def tone_now(notice: Notice) -> Tone:
    """The tone of a first message that shows how the issue is now."""
    if notice.issue is not None and notice.issue.status == "resolved":
        return "good"
    if notice.issue is not None and notice.issue.status == "muted":
        return "quiet"
    return tone(replace(notice, news=News.NEW))


def facts(notice: Notice, most: int = MOST_FACTS, *, short: bool = False) -> list[tuple[str, str]]:
    """Pairs of name and text, cut and cleaned: those of the notice, then of its issue. `short` leaves out what the first
    message of the conversation has told."""
    pairs = list(notice.fields)
    issue = notice.issue
    if issue is not None:
        pairs += [("Environment", issue.environment), ("Release", issue.release)]
        if not short:
            pairs.append(("Level", issue.level))
        pairs += [("Events", f"{issue.events:,}"), ("Users", f"{issue.users:,}" if issue.users else "")]
        if not short:
            pairs.append(("Assigned to", issue.assignee))
    found: dict[str, tuple[str, str]] = {}
    for name, value in pairs:
        cleaned = text.line(value, _LONGEST_FACT)
        if cleaned:
            found.setdefault(name.casefold(), (text.line(name, 50), cleaned))
    return list(found.values())[:most]


def place(issue: AboutIssue) -> str:
    """Where in the code the issue is."""
    return issue.frame or issue.culprit


def listed(notice: Notice) -> tuple[AboutIssue, ...]:
    """The issues of a burst that a message lists."""
    return notice.listed[:MOST_LISTED]


def more(notice: Notice, shown: int) -> str:
    """How many issues of a burst are not among the `shown`: `and 1,184 more`; empty for none."""
    rest = max(notice.total, len(notice.listed)) - shown
    return f"and {rest:,} more" if notice.listed and rest > 0 else ""


def link(notice: Notice) -> tuple[str, str]:
    """Where to read more, as the words of a link and its address. Both are empty when there is no address."""
    if notice.issue is not None:
        return f"Open {notice.issue.short_id}", notice.issue.url or notice.url
    if notice.listed or notice.news == News.BURST:
        return "Open the list", notice.url or notice.project.url
    if notice.news in {News.MONITOR_FAILED, News.MONITOR_RECOVERED}:
        return "Open the monitor", notice.url
    return (
        ("Open in Rustrak", notice.url or notice.project.url)
        if notice.url or notice.project.url
        else ("", "")
    )


def why(notice: Notice) -> str:
    """Which rule sent it, for the last line."""
    return f"Rule: {notice.rule}" if notice.rule else ""


def begun(notice: Notice) -> dict[str, str]:
    """What a thread remembers so that its first message can be written again: later notices come without code."""
    issue = notice.issue
    return {
        "headline": _kept(text.plain(notice.headline, 100), 300),
        "place": _kept(text.plain(place(issue), 200), 500) if issue else "",
        "code": _kept(text.block(issue.excerpt, 1500), 1500) if issue else "",
    }


def first(notice: Notice, thread: Thread) -> Notice:
    """The notice of the first message of the conversation, as it was headed, with the issue as it is now."""
    headline, frame, code = (
        thread[name] if isinstance(thread.get(name), str) else "" for name in ("headline", "place", "code")
    )
    issue = notice.issue
    if issue is not None:
        issue = replace(issue, frame=frame or issue.frame, excerpt=code or issue.excerpt)
    return replace(notice, headline=headline or notice.headline, detail="", issue=issue)


def _kept(said: str, most: int) -> str:
    """Text cut to `most` characters of the JSON in which threads are stored, which has at most 4,000 for all of one."""
    return text.fit(said, most, str, lambda character: len(json.dumps(character)) - 2)


def _repeats(notice: Notice) -> bool:
    """Whether the detail says what the headline says, and more: `Resolved by Ana` after `Resolved`."""
    said, more = notice.headline.split(maxsplit=1), notice.detail.split(maxsplit=1)
    return bool(said and more) and said[0].casefold() == more[0].casefold()
