"""Mattermost: by an incoming webhook, which cannot answer in threads, or by a bot, which can and also keeps the first message
up to date.

https://developers.mattermost.com/integrate/webhooks/incoming/, /integrate/reference/message-attachments/ and
https://developers.mattermost.com/api-documentation/#/operations/CreatePost
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.notice import Notice
from rustrak.outbound.client import Response

_EXCERPT = 3000


def message(notice: Notice, *, now: str = "", short: bool = False) -> dict[str, Any]:
    """`text` and one attachment, as incoming webhooks take them. With `now` the first message of a conversation brought up
    to date; `short` leaves out what that one has told."""
    tone = outline.tone_now(notice) if now else outline.tone(notice)
    said = outline.sentence(notice) if short else outline.lead(notice)
    attachment = _attachment(notice, now, short)
    attachment["color"] = f"#{outline.COLOR[tone]:06X}"
    attachment["fallback"] = text.line(outline.summary(notice), 300)
    return {"text": f"{outline.MARK[tone]} **{_escaped(said, 300)}**", "attachments": [attachment]}


def post(notice: Notice, *, now: str = "", short: bool = False) -> dict[str, Any]:
    """The same as a post of the API."""
    said = message(notice, now=now, short=short)
    return {"message": said["text"], "props": {"attachments": said["attachments"]}}


def _attachment(notice: Notice, now: str, short: bool) -> dict[str, Any]:
    issue = notice.issue
    words, address = outline.link(notice)
    attachment: dict[str, Any] = {}
    if not short:
        about = f"{issue.short_id} {issue.title}" if issue else words
        attachment["title"] = _escaped(about, 300) or "Rustrak"
        if address:
            attachment["title_link"] = address
    parts = [
        f"**Now:** {_escaped(now, 500)}" if now else "",
        "" if short else _escaped(outline.detail(notice), 500),
    ]
    if issue is not None and not short:
        place = text.line(outline.place(issue), 200).replace("`", "ˋ")
        excerpt = text.block(issue.excerpt, _EXCERPT)
        parts += [f"`{place}`" if place else "", f"```\n{excerpt}\n```" if excerpt else ""]
    lines = [
        f"* {_link(_escaped(one.short_id, 60), one.url)} {_escaped(one.title, 100)}"
        for one in outline.listed(notice)
    ]
    parts += ["\n".join(lines), outline.more(notice, len(lines))]
    if short and address:
        parts.append(_link(_escaped(words, 60), address))
    attachment["text"] = "\n".join(part for part in parts if part)
    attachment["fields"] = [
        {"short": True, "title": _escaped(name, 100), "value": _escaped(value, 400)}
        for name, value in outline.facts(notice, short=short)
    ]
    if why := text.line(outline.why(notice), 150):
        attachment["footer"] = why
    return attachment


def _link(words: str, url: str) -> str:
    target = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"[{words}]({target})" if url else words


def _escaped(said: str, most: int) -> str:
    return text.fit(text.line(said, most), 2 * most, _character)


def _character(character: str) -> str:
    """A character for Mattermost's Markdown, where :words: between colons are emoji."""
    return f":{text.ZERO_WIDTH}" if character == ":" else text.markdown(character)


def _send_by_webhook(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    response = calls.call(send, config["url"], message(notice))
    if response.status < 300 and _error(response):
        raise calls.failed(_told(response), response, final=True)
    if 400 <= response.status < 500 and response.status not in {408, 425, 429} and _error(response):
        raise calls.failed(_told(response), response, final=True)
    answer = calls.judge(response)
    return Sent({"sent": True} if notice.issue else {}, response.status, answer)


def _send_by_bot(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    channel = config["channel"]
    root = calls.identity(thread.get("post"))
    if root and thread.get("to") == channel:
        update = post(outline.first(notice, thread), now=outline.state(notice))
        # First, because repeating it does no harm if the reply then fails.
        response = _call(config, f"posts/{quote(root, safe='')}/patch", update, send, method="PUT")
        if response.status in {408, 425, 429} or response.status >= 500:
            calls.judge(response)
        if response.status != 404:
            reply = {**post(notice, short=True), "channel_id": channel, "root_id": root}
            response = _call(config, "posts", reply, send)
            if response.status < 300:
                return Sent(dict(thread), response.status, _judged(response))
            if "root_id" not in calls.word(calls.fields(response).get("id")):
                _judged(response)
    response = _call(config, "posts", {**post(notice), "channel_id": channel}, send)
    answer = _judged(response)
    begun = {"to": channel, "post": calls.identity(calls.fields(response).get("id")), **outline.begun(notice)}
    return Sent(begun if notice.issue else {}, response.status, answer)


def _call(config: Config, path: str, payload: dict[str, Any], send: Send, method: str = "POST") -> Response:
    headers = {"Authorization": f"Bearer {config['token']}"}
    return calls.call(
        send, f"{config['server'].rstrip('/')}/api/v4/{path}", payload, headers=headers, method=method
    )


def _judged(response: Response) -> str:
    """What the API said. Raises Failed, also for a page that is none of the API's."""
    if 400 <= response.status < 500 and response.status not in {408, 425, 429} and _error(response):
        hint = {401: " The token is wrong, or was revoked.", 403: " Add the bot to the team and the channel."}
        raise calls.failed(f"{_told(response)}{hint.get(response.status, '')}", response, final=True)
    answer = calls.judge(response)
    if not calls.identity(calls.fields(response).get("id")):
        raise calls.failed("It did not answer as Mattermost's API does.", response)
    return answer


def _error(response: Response) -> bool:
    """Whether the answer is one of Mattermost's errors: they repeat their HTTP status."""
    found = calls.fields(response)
    status = found.get("status_code")
    return (
        found.get("success") is False
        or found.get("ok") is False
        or (isinstance(status, int) and status >= 400)
    )


def _told(response: Response) -> str:
    found = calls.fields(response)
    said = calls.word(found.get("message"), 200) or calls.word(found.get("error"), 200)
    return f"Mattermost answered {answers.named(response.status)}: {said.rstrip('.')}."


def _check_bot(config: Config) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[\x21-\x7e]+", config.get("token", "x")):
        wrong["token"] = calls.NOT_A_TOKEN
    if not re.fullmatch(r"[a-z0-9]{1,40}", config.get("channel", "x")):
        wrong["channel"] = "Enter the ID of the channel, 26 letters and digits, not its name."
    return wrong


WEBHOOK = Kind(
    name="mattermost",
    label="Mattermost webhook",
    about="Posts to a Mattermost channel through an incoming webhook. Each message stands alone: Mattermost lets only bots answer in threads.",
    fields=(
        Field(
            "url", "Webhook URL", type="url", secret=True, placeholder="https://mattermost.example.com/hooks/…",
            help="In Mattermost: Product menu, Integrations, Incoming Webhooks, Add Incoming Webhook.",
        ),
    ),
    send=_send_by_webhook,
)  # fmt: skip

BOT = Kind(
    name="mattermost_bot",
    label="Mattermost bot",
    about="Posts as a bot: one thread for each issue, whose first message always shows the current state.",
    fields=(
        Field("server", "Server", type="url", placeholder="https://mattermost.example.com", help="The address of Mattermost."),
        Field(
            "token", "Access token", secret=True,
            help="In Mattermost: Product menu, Integrations, Bot Accounts, Add Bot Account. Add the bot to the team and the channel.",
        ),
        Field("channel", "Channel ID", max_length=40, help="At the bottom of the channel's View Info."),
    ),
    send=_send_by_bot,
    check=_check_bot,
    threads=True,
)  # fmt: skip
