"""ntfy, on ntfy.sh or a server of one's own. https://docs.ntfy.sh/publish/#publish-as-json

A message is plain text; nothing of an event is in a header. ntfy has no conversations.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.channels.outline import Tone
from issues.alerts.notice import Notice

SERVER = "https://ntfy.sh"
#: Of a message, in bytes; ntfy makes a file of a longer one.
MOST_BYTES = 4096
_TITLE_BYTES = 250
_PRIORITIES: dict[Tone, int] = {"fatal": 5, "error": 4, "warning": 3, "info": 3, "good": 2, "quiet": 2}
# Names of emoji, which the apps show before the title.
_TAGS: dict[Tone, str] = {
    "fatal": "rotating_light", "error": "red_circle", "warning": "warning", "info": "information_source",
    "good": "white_check_mark", "quiet": "mute",
}  # fmt: skip


def message(notice: Notice, topic: str) -> dict[str, Any]:
    """The JSON to publish to `topic`."""
    tone = outline.tone(notice)
    issue = notice.issue
    parts = [
        text.line(f"{issue.short_id} {issue.title}", 500) if issue else "",
        text.line(outline.detail(notice), 500),
    ]
    if issue is not None:
        parts.append(text.line(outline.place(issue), 200))
    lines = [text.line(f"{one.short_id} {one.title}", 120) for one in outline.listed(notice)]
    parts += [*lines, outline.more(notice, len(lines))]
    parts.append(" · ".join(f"{name} {value}" for name, value in outline.facts(notice, 8)))
    body = "\n".join(part for part in parts if part) or "Rustrak"
    said: dict[str, Any] = {
        "topic": topic,
        "title": text.fit(text.line(outline.lead(notice), 200), _TITLE_BYTES, str, text.utf8),
        "message": text.fit(body, MOST_BYTES, str, text.utf8),
        "priority": 2 if notice.news in outline.FOLLOW_UPS else _PRIORITIES[tone],
        "tags": [_TAGS[tone]],
    }
    words, address = outline.link(notice)
    if address:
        said["click"] = address
        said["actions"] = [{"action": "view", "label": text.line(words, 40), "url": address}]
    return said


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    headers = {}
    if token := config.get("token"):
        headers["Authorization"] = f"Bearer {token}"
    elif user := config.get("user"):
        pair = base64.b64encode(f"{user}:{config.get('password', '')}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    server = (config.get("server") or SERVER).rstrip("/")
    response = calls.call(send, f"{server}/", message(notice, config["topic"]), headers=headers)
    told = calls.fields(response)
    said = calls.word(told.get("error"), 200)
    if said and (response.status >= 400 or isinstance(told.get("http"), int)):
        later = response.status in {408, 425, 429} or response.status >= 500
        hint = {401: " Enter an access token.", 403: " The token may not publish to this topic."}.get(
            response.status, ""
        )
        raise calls.failed(
            f"ntfy answered {answers.named(response.status)}: {said}.{hint}", response, final=not later
        )
    answer = calls.judge(response)
    return Sent({"sent": True} if notice.issue else {}, response.status, answer)


def _check(config: Config) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", config.get("topic", "x")):
        wrong["topic"] = "A topic has 1 to 64 letters, digits, hyphens and underscores."
    if not re.fullmatch(r"[\x21-\x7e]*", config.get("token", "")):
        wrong["token"] = calls.NOT_A_TOKEN
    if ":" in config.get("user", ""):
        wrong["user"] = "A user name has no colon."
    if config.get("password") and not config.get("user"):
        wrong["user"] = "A password needs a user name."
    return wrong


KIND = Kind(
    name="ntfy",
    label="ntfy",
    about="Sends notifications to phones and browsers through ntfy.sh or a server of your own.",
    fields=(
        Field(
            "server", "Server", type="url", required=False, placeholder=SERVER,
            help="The address of your ntfy server; ntfy.sh if empty.",
        ),
        Field(
            "topic", "Topic", secret=True, max_length=64,
            help="Whoever knows a topic of ntfy.sh can read it, so choose one that is hard to guess.",
        ),
        Field(
            "token", "Access token", secret=True, required=False, placeholder="tk_…",
            help="For protected topics: Account, Access tokens. Or enter a user name and a password.",
        ),
        Field("user", "User name", required=False, max_length=100),
        Field("password", "Password", secret=True, required=False, max_length=200),
    ),
    send=_send,
    check=_check,
)  # fmt: skip
