"""Microsoft Teams, by a webhook of the Workflows app, with Adaptive Cards (https://adaptivecards.io/explorer, version 1.5).

All text is in RichTextBlocks, which know no Markdown: nothing in them becomes a link. Workflows do not say which message
they posted; a workflow that does (docs/alerts.md) gets it back as `replyToId`, so that it can answer in the thread.
"""

from __future__ import annotations

import re
from typing import Any

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.channels.outline import Tone
from issues.alerts.notice import Notice

#: Of a message, in bytes. Larger ones are refused.
MOST_BYTES = 28 * 1024
_COLORS: dict[Tone, str] = {
    "fatal": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent", "good": "Good", "quiet": "Default",
}  # fmt: skip
_OLD_FAILURE = "Webhook message delivery failed"


def message(notice: Notice, *, reply_to: str = "") -> dict[str, Any]:
    """The message with its card as Workflows' template "Post to a channel when a webhook request is received" takes it,
    and for other workflows `conversation` (the issue), `news`, and `replyToId`, if known."""
    said: dict[str, Any] = {
        "type": "message",
        "summary": _line(outline.summary(notice), 200),
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card(notice, short=bool(reply_to)),
            }
        ],
        "conversation": str(notice.issue.id if notice.issue else notice.id),
        "news": str(notice.news),
    }
    if reply_to:
        said["replyToId"] = reply_to
    return said


def card(notice: Notice, *, short: bool = False) -> dict[str, Any]:
    """The Adaptive Card. `short` leaves out what the first message of the conversation has told."""
    issue = notice.issue
    color = _COLORS[outline.tone(notice)]
    body = [_text(_run(_line(outline.lead(notice), 300), weight="Bolder", color=color))]
    if issue is not None:
        title = _line(issue.title, 300) or "(no title)"
        body.append(_text(_run(title, size="Large", weight="Bolder")))
    if said := _line(outline.detail(notice), 500):
        body.append(_text(_run(said)))
    if issue is not None and not short:
        if place := _line(outline.place(issue), 200):
            body.append(_text(_run(place, fontType="Monospace", isSubtle=True)))
        if rows := text.block(issue.excerpt, 1500).splitlines():
            lines = [
                _text(_run(_calm(row), fontType="Monospace", size="Small"), spacing="None")
                for row in rows
                if row.strip()
            ]
            body.append({"type": "Container", "style": "emphasis", "items": lines})
    lines = [
        _text(
            _run(f"{_line(one.short_id, 60)} ", weight="Bolder"),
            _run(_line(one.title, 100) or "(no title)"),
            spacing="Small",
        )
        for one in outline.listed(notice)
    ]
    body += lines
    if more := outline.more(notice, len(lines)):
        body.append(_text(_run(more, isSubtle=True)))
    body += [
        _text(_run(f"{_calm(name)}: ", isSubtle=True), _run(_calm(value)), spacing="Small")
        for name, value in outline.facts(notice, short=short)
    ]
    if why := _line(outline.why(notice), 150):
        body.append(_text(_run(why, isSubtle=True, size="Small")))
    found: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "fallbackText": _line(outline.summary(notice), 300),
        "body": body,
        "msteams": {"width": "Full"},
    }
    words, address = outline.link(notice)
    if address:
        found["actions"] = [{"type": "Action.OpenUrl", "title": _line(words, 60), "url": address}]
    return found


def _text(*runs: dict[str, Any], **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs), **style}


def _run(said: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": said, **style}


def _line(said: str, most: int) -> str:
    return _calm(text.line(said, most))


def _calm(said: str) -> str:
    """Text without the functions that cards know in any text: {{DATE(…)}} and, of templates, ${…}."""
    return said.replace("{{", f"{{{text.ZERO_WIDTH}{{").replace("${", f"${text.ZERO_WIDTH}{{")


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    known = calls.identity(thread.get("message"))
    response = calls.call(send, config["url"], message(notice, reply_to=known))
    answer = answers.judge(response)
    if answer.startswith(_OLD_FAILURE):
        later = re.search(r"HTTP error (?:429|5\d\d)", answer) is not None
        raise calls.failed("Teams did not take the message.", response, final=not later)
    told = calls.fields(response)
    found = next((calls.identity(told[key]) for key in ("messageId", "id") if key in told), "")
    remembered = {"sent": True, "message": known or found} if known or found else {"sent": True}
    return Sent(remembered if notice.issue else {}, response.status, answer)


def _check(config: Config) -> dict[str, str]:
    if re.search(
        r"^https?://(?:outlook\.office(?:365)?\.com|[^/]*\.webhook\.office\.com)/",
        config.get("url", ""),
        re.IGNORECASE,
    ):
        return {
            "url": "This is the address of an Office 365 connector, which Microsoft has switched off. Create a workflow instead."
        }
    return {}


KIND = Kind(
    name="teams",
    label="Microsoft Teams",
    about="Posts cards to a Teams channel or chat through the Workflows app. A workflow that answers with the ID of its message can keep an issue's news in one thread.",
    fields=(
        Field(
            "url", "Workflow URL", type="url", secret=True, max_length=2000,
            placeholder="https://….powerplatform.com/powerautomate/…",
            help="In Teams: Workflows, “Send webhook alerts to a channel”. Copy the URL that is shown at the end.",
        ),
    ),
    send=_send,
    check=_check,
    threads=True,
)  # fmt: skip
