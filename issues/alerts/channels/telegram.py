"""Telegram, by a bot. https://core.telegram.org/bots/api

Later news are replies to the first message of an issue, which is edited to show the current state. What came from events
is in links of ours or in code: in other text Telegram finds mentions, commands and addresses by itself.
"""

from __future__ import annotations

import re
from typing import Any

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.notice import Notice
from rustrak.outbound.client import Response

API = "https://api.telegram.org"
#: Of a message, in UTF-16 units, counted without markup.
MOST = 4096
_NOT_A_BOT = "A bot's token looks like 123456789:AAF…; @BotFather shows it."
_EXCERPT = 800


def message(notice: Notice, *, now: str = "", short: bool = False) -> dict[str, Any]:
    """The text of a message in HTML, without where it goes. With `now` the first message of a conversation brought up to
    date; `short` leaves out what that one has told."""
    return {
        "text": "\n".join(part for part in _parts(notice, now, short) if part),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


def _parts(notice: Notice, now: str, short: bool) -> list[str]:
    issue = notice.issue
    tone = outline.tone_now(notice) if now else outline.tone(notice)
    words, address = outline.link(notice)
    said = outline.sentence(notice) if short else outline.lead(notice)
    parts = [f"{outline.MARK[tone]} <b>{_text(said, 300)}</b>"]
    if now:
        parts.append(f"Now: <b>{_text(now, 300)}</b>")
    if issue is not None:
        title = _html(f"{issue.short_id} {issue.title}", 300)
        parts.append(_link(title, address) if address else f"<code>{title}</code>")
    if not short:
        parts.append(_text(outline.detail(notice), 300))
    if issue is not None and not short:
        place = _html(outline.place(issue), 200)
        excerpt = "".join(
            map(text.html, text.fit(text.block(issue.excerpt, _EXCERPT, 12), _EXCERPT, str, text.utf16))
        )
        parts += [f"<code>{place}</code>" if place else "", f"<pre>{excerpt}</pre>" if excerpt else ""]
    lines = [_listed(one.short_id, one.title, one.url) for one in outline.listed(notice)]
    parts += lines
    parts.append(outline.more(notice, len(lines)))
    facts = [
        f"{_text(name, 40)} <code>{_html(value, 80)}</code>"
        for name, value in outline.facts(notice, short=short)
    ]
    parts.append(" · ".join(facts))
    if issue is None and address:
        parts.append(_link(_html(words, 60), address))
    if why := _text(outline.why(notice), 100):
        parts.append(f"<i>{why}</i>")
    return parts


def _listed(short_id: str, title: str, url: str) -> str:
    name = _html(short_id, 40)
    return f"• {_link(name, url) if url else f'<b>{name}</b>'} <code>{_html(title, 50)}</code>"


def _link(html: str, url: str) -> str:
    return f'<a href="{text.attribute(url)}">{html}</a>'


def _text(said: str, most: int) -> str:
    """As `_html`, outside of links and code, where /words would be commands."""
    return re.sub(r"(?<!\w)/(?=\w)", f"/{text.ZERO_WIDTH}", _html(said, most))


def _html(said: str, most: int) -> str:
    """One line of at most `most` UTF-16 units, escaped."""
    return "".join(map(text.html, text.fit(text.line(said, most), most, str, text.utf16)))


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    target = {"chat_id": config["chat"]}
    if topic := config.get("topic"):
        target["message_thread_id"] = topic
    to = f"{config['chat']} {topic or ''}".strip()
    known, chat = calls.identity(thread.get("message")), calls.identity(thread.get("chat"))
    silent = {"disable_notification": True} if notice.news in outline.FOLLOW_UPS else {}
    if known.isdigit() and chat and thread.get("to") == to:
        target["chat_id"] = chat
        now = outline.state(notice)
        update = {
            "chat_id": chat,
            "message_id": int(known),
            **message(outline.first(notice, thread), now=now),
        }
        # First, because repeating it does no harm if the reply then fails.
        response = _call(config, "editMessageText", update, send)
        if _status(response) == 429 or _status(response) >= 500:
            _judged(response)
        if "message to edit not found" not in _description(response):
            reply = {
                "reply_parameters": {"message_id": int(known)},
                **target,
                **silent,
                **message(notice, short=True),
            }
            response = _call(config, "sendMessage", reply, send)
            if "message to be replied not found" not in _description(response):
                return Sent(dict(thread), response.status, _judged(response))
        target["chat_id"] = config["chat"]
    payload = {**target, **silent, **message(notice)}
    response = _call(config, "sendMessage", payload, send)
    if moved := _moved(response):
        # The group has become a supergroup, which has another id.
        response = _call(config, "sendMessage", {**payload, "chat_id": moved}, send)
    answer = _judged(response)
    result = calls.fields(response).get("result")
    result = result if isinstance(result, dict) else {}
    place = result.get("chat")
    begun = {
        "to": to,
        "chat": calls.identity(place.get("id")) if isinstance(place, dict) else "",
        "message": calls.identity(result.get("message_id")),
        **outline.begun(notice),
    }
    return Sent(begun if notice.issue else {}, response.status, answer)


def _call(config: Config, method: str, payload: dict[str, Any], send: Send) -> Response:
    base = (config.get("api_url") or API).rstrip("/")
    return calls.call(send, f"{base}/bot{config['token']}/{method}", payload)


def _judged(response: Response) -> str:
    """What Telegram said, also with status 200. Raises Failed."""
    told = calls.fields(response)
    if told.get("ok") is True:
        return answers.judge(response)
    if "ok" not in told:
        answers.judge(response)
        raise calls.failed("It did not answer as Telegram's Bot API does.", response)
    status, said = _status(response), calls.word(told.get("description"), 200)
    later = status in {408, 425, 429} or status >= 500
    parameters = told.get("parameters")
    wait = calls.seconds(parameters.get("retry_after")) if isinstance(parameters, dict) else None
    hint = {401: " The token is wrong, or was revoked.", 404: " The token is wrong."}.get(status, "")
    raise calls.failed(
        f"Telegram answered {status}: {said.rstrip('.')}.{hint}", response, final=not later, retry_after=wait
    )


def _status(response: Response) -> int:
    """The status of an answer; what its body says is more exact."""
    code = calls.fields(response).get("error_code")
    return code if isinstance(code, int) and 100 <= code < 600 else response.status


def _description(response: Response) -> str:
    return calls.word(calls.fields(response).get("description"), 200).lower()


def _moved(response: Response) -> str:
    parameters = calls.fields(response).get("parameters")
    return calls.identity(parameters.get("migrate_to_chat_id")) if isinstance(parameters, dict) else ""


def _check(config: Config) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", config.get("token", "1:x")):
        wrong["token"] = _NOT_A_BOT
    if not re.fullmatch(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64}", config.get("chat", "1")):
        wrong["chat"] = "Enter the number of the chat, with its minus sign, or the @name of a public channel."
    if not re.fullmatch(r"[0-9]{0,18}", config.get("topic", "")):
        wrong["topic"] = "A topic is a number: the one before the last in the link to a message of the topic."
    return wrong


KIND = Kind(
    name="telegram",
    label="Telegram",
    about="Posts as a bot to a chat, group or channel of Telegram. Later news of an issue replies to its first message, which always shows the current state.",
    fields=(
        Field(
            "token", "Bot token", secret=True, placeholder="123456789:AAF…",
            help="Write /newbot to @BotFather in Telegram, then add the bot to the group or channel.",
        ),
        Field(
            "chat", "Chat ID", max_length=70, placeholder="-1001234567890",
            help="The number of the chat, or the @name of a public channel.",
        ),
        Field(
            "topic", "Topic ID", required=False, max_length=18,
            help="Only for groups with topics: the number of the topic.",
        ),
        Field(
            "api_url", "API address", type="url", required=False, placeholder=API,
            help="Only for a Bot API server of your own.",
        ),
    ),
    send=_send,
    check=_check,
    threads=True,
)  # fmt: skip
