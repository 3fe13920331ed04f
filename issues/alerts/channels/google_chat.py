"""Google Chat, by a webhook of a space. https://developers.google.com/workspace/chat/quickstart/webhooks and /create-messages

An issue is a thread, by its key. Webhooks cannot change messages that were sent.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.notice import Notice

_REPLY = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
_EXCERPT = 3000


def message(notice: Notice, *, short: bool = False) -> dict[str, Any]:
    """A message with a card; `fallbackText` is what notifications show. `short` leaves out what the first one has told."""
    said: dict[str, Any] = {
        "fallbackText": text.line(outline.summary(notice), 300),
        "cardsV2": [{"cardId": str(notice.id), "card": _card(notice, short)}],
    }
    if notice.issue is not None:
        said["thread"] = {"threadKey": str(notice.issue.id)}
    return said


def _card(notice: Notice, short: bool) -> dict[str, Any]:
    issue = notice.issue
    mark = outline.MARK[outline.tone(notice)]
    # Headers are plain text; paragraphs are HTML.
    header = {"title": text.line(f"{mark} {outline.lead(notice)}", 200)}
    widgets: list[dict[str, Any]] = []
    if issue is not None:
        header["subtitle"] = text.line(f"{issue.short_id} {issue.title}", 200)
        if not short:
            widgets.append(_paragraph(f"<b>{_html(issue.title, 300) or '(no title)'}</b>"))
    if said := _html(outline.detail(notice), 500):
        widgets.append(_paragraph(said))
    if issue is not None and not short:
        if place := _html(outline.place(issue), 200):
            widgets.append(_paragraph(f"<i>{place}</i>"))
        if excerpt := text.fit(_indented(text.calm(text.block(issue.excerpt, 1500))), _EXCERPT, _code):
            widgets.append(_paragraph(f"<code>{excerpt}</code>"))
    lines = [
        f'<a href="{text.attribute(one.url)}">{_html(one.short_id, 60)}</a> {_html(one.title, 100)}'
        if one.url
        else f"{_html(one.short_id, 60)} {_html(one.title, 100)}"
        for one in outline.listed(notice)
    ]
    if lines:
        widgets.append(
            _paragraph("<br>".join([*lines, outline.more(notice, len(lines))]).removesuffix("<br>"))
        )
    facts = [
        f"<b>{_html(name, 50)}</b> {_html(value, 200)}" for name, value in outline.facts(notice, short=short)
    ]
    if facts:
        widgets.append(_paragraph("<br>".join(facts)))
    if why := _html(outline.why(notice), 150):
        widgets.append(_paragraph(f"<i>{why}</i>"))
    words, url = outline.link(notice)
    if url:
        button = {"text": text.line(words, 60), "onClick": {"openLink": {"url": url}}}
        widgets.append({"buttonList": {"buttons": [button]}})
    return {"header": header, "sections": [{"widgets": widgets or [_paragraph("Rustrak")]}]}


def _paragraph(html: str) -> dict[str, Any]:
    return {"textParagraph": {"text": html}}


def _html(said: str, most: int) -> str:
    return text.fit(text.line(said, most), 4 * most, text.html)


def _indented(code: str) -> str:
    """Code whose indentation stays: paragraphs fold white space."""
    return re.sub(r"(?m)^ +| {2,}", lambda spaces: "\u00a0" * len(spaces[0]), code)


def _code(character: str) -> str:
    return "<br>" if character == "\n" else text.html(character)


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    parts = urlsplit(config["url"])
    query = {**dict(parse_qsl(parts.query)), "messageReplyOption": _REPLY}
    url = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
    response = calls.call(send, url, message(notice, short=bool(thread)))
    told = calls.fields(response)
    error = told.get("error")
    if isinstance(error, dict):
        said = calls.word(error.get("message"), 200) or calls.word(error.get("status"))
        code = error.get("code") if response.status < 300 else response.status
        status = code if isinstance(code, int) else response.status
        later = status in {408, 425, 429} or status >= 500
        raise calls.failed(f"Google Chat answered {answers.named(status)}: {said}", response, final=not later)
    answer = calls.judge(response)
    return Sent({"sent": True} if notice.issue else {}, response.status, answer)


KIND = Kind(
    name="google_chat",
    label="Google Chat",
    about="Posts to a space of Google Chat: one thread for each issue.",
    fields=(
        Field(
            "url", "Webhook URL", type="url", secret=True, max_length=1000,
            placeholder="https://chat.googleapis.com/v1/spaces/…",
            help="In the space's menu: Apps & integrations, Webhooks, Add webhook.",
        ),
    ),
    send=_send,
    threads=True,
)  # fmt: skip
