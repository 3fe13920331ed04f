"""Discord, by a webhook. https://docs.discord.com/developers/resources/webhook and /resources/message#embed-object-embed-limits

In a forum channel each issue has its own post, found out from Discord's first answer. In a text channel webhooks cannot
reply, so that later news link to the first message. Both keep the first message up to date.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.notice import Notice
from rustrak.outbound.client import Request, Response

_TITLE = 256
_THREAD_NAME = 100
# Together with all else below the 6,000 characters that an embed may have.
_EXCERPT = 1800
_LIST = 2800
#: A message flag: nobody's phone makes a sound.
SILENT = 1 << 12
_SITE = "https://discord.com"
# JSON error codes, https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE, _UNKNOWN_WEBHOOK, _BAD_TOKEN = 10003, 10008, 10015, 50027
_NEEDS_THREAD = 220001
_GONE = frozenset({_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE})


def message(notice: Notice, *, now: str = "", later: bool = False, first: str = "") -> dict[str, Any]:
    """A message with one embed. With `now` the first of a conversation brought up to date; `later` news are shorter, and
    link to the address `first` of the first message where it is known."""
    tone = outline.tone_now(notice) if now else outline.tone(notice)
    said: dict[str, Any] = {
        "content": f"{outline.MARK[tone]} **{_escaped(outline.lead(notice), 300)}**",
        "embeds": [_embed(notice, outline.COLOR[tone], now, later, first)],
        # Nothing in a message mentions anybody, whatever it says.
        "allowed_mentions": {"parse": []},
    }
    if notice.news in outline.FOLLOW_UPS and not now:
        said["flags"] = SILENT
    return said


def _embed(notice: Notice, color: int, now: str, later: bool, first: str) -> dict[str, Any]:
    issue = notice.issue
    embed: dict[str, Any] = {"color": color, "timestamp": f"{notice.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"}
    words, address = outline.link(notice)
    embed["title"] = _escaped(f"{issue.short_id} {issue.title}" if issue else words or "Rustrak", _TITLE)
    if address:
        embed["url"] = address
    parts = [f"**Now:** {_escaped(now, 500)}" if now else "", _escaped(outline.detail(notice), 500)]
    if issue is not None and not later:
        parts += [_code(outline.place(issue)), _fence(issue.excerpt)]
    parts += _list(notice)
    if first:
        parts.append(f"[First message]({_target(first)})")
    if description := "\n".join(part for part in parts if part):
        embed["description"] = description
    fields = [
        {"name": _escaped(name, 50), "value": _escaped(value, 150), "inline": True}
        for name, value in outline.facts(notice, 8, short=later)
    ]
    if fields:
        embed["fields"] = fields
    footer = [text.line(notice.project.name, 60), text.line(outline.why(notice), 100)]
    embed["footer"] = {"text": " · ".join(part for part in footer if part) or "Rustrak"}
    return embed


def _list(notice: Notice) -> list[str]:
    """The issues of a burst, as many as have room, and how many there are besides."""
    lines: list[str] = []
    room = _LIST
    for one in outline.listed(notice):
        name = _escaped(one.short_id, 60)
        linked = f"[{name}]({_target(one.url)})" if one.url else name
        line = f"{linked} {_escaped(one.title, 80)}"
        room -= text.utf16(line) + 1
        if room < 0:
            break
        lines.append(line)
    return [*lines, _escaped(outline.more(notice, len(lines)), 60)]


def _escaped(said: str, most: int) -> str:
    return text.fit(text.line(said, most), most, text.markdown, text.utf16)


def _code(said: str) -> str:
    """Text in a span of code, in which nothing is markup; empty for none."""
    line = text.line(said, 200).replace("`", "ˋ")
    return f"`{line}`" if line else ""


def _fence(excerpt: str) -> str:
    block = text.fit(text.block(excerpt, _EXCERPT), _EXCERPT, str, text.utf16)
    return f"```\n{block}\n```" if block else ""


def _target(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    url = config["url"]
    known = calls.identity(thread.get("message"))
    if known and (sent := _continued(url, notice, thread, known, send)):
        return sent
    payload = message(notice)
    response = _post(send, _address(url, wait="true"), payload)
    forum = _code_of(response) == _NEEDS_THREAD
    if forum:
        title = notice.issue.title if notice.issue else outline.summary(notice)
        prefix = f"{notice.issue.short_id} " if notice.issue else ""
        payload["thread_name"] = text.fit(
            text.line(f"{prefix}{title}", _THREAD_NAME), _THREAD_NAME, str, text.utf16
        )
        response = _post(send, _address(url, wait="true"), payload)
    answer = _judged(response)
    told = calls.fields(response)
    begun: dict[str, Any] = {"message": calls.identity(told.get("id")), **outline.begun(notice)}
    begun["forum" if forum else "channel"] = calls.identity(told.get("channel_id"))
    return Sent(begun if notice.issue else {}, response.status, answer)


def _continued(url: str, notice: Notice, thread: Thread, known: str, send: Send) -> Sent | None:
    """Send later news of a conversation; None if it is gone and must begin again."""
    forum = calls.identity(thread.get("forum"))
    place = {"thread_id": forum} if forum else {}
    update = message(outline.first(notice, thread), now=outline.state(notice))
    update.pop("flags", None)
    # First, because repeating it does no harm if the message after it then fails.
    response = _post(send, _address(url, f"/messages/{quote(known, safe='')}", **place), update, "PATCH")
    code = _code_of(response)
    if code in _GONE or (response.status == 404 and code != _UNKNOWN_WEBHOOK):
        return None
    if response.status == 429 or response.status >= 500:
        _judged(response)
    remembered = dict(thread)
    if forum:
        payload = message(notice, later=True)
    else:
        guild = calls.identity(thread.get("guild")) or _guild(url, send)
        remembered["guild"] = guild
        channel = calls.identity(thread.get("channel"))
        ids = (guild, channel, known)
        link = f"{_SITE}/channels/{'/'.join(ids)}" if all(one.isdigit() for one in ids) else ""
        payload = message(notice, later=True, first=link)
    response = _post(send, _address(url, wait="true", **place), payload)
    if forum and _code_of(response) in _GONE:
        return None
    return Sent(remembered, response.status, _judged(response))


def _post(send: Send, address: str, payload: dict[str, Any], method: str = "POST") -> Response:
    """Send a message; once more without the link of its title if Discord does not take the address of this installation,
    such as one without a domain."""
    response = calls.call(send, address, payload, method=method)
    if response.status == 400 and b"URL_TYPE" in response.body:
        for embed in payload["embeds"]:
            embed.pop("url", None)
        response = calls.call(send, address, payload, method=method)
    return response


def _guild(url: str, send: Send) -> str:
    """The id of the webhook's server, which links to messages need; empty if it cannot be learned."""
    response = send(Request("GET", _address(url), {"Accept": "application/json"}))
    found = calls.fields(response) if response.status == 200 else {}
    guild = calls.identity(found.get("guild_id"))
    return guild if guild.isdigit() else ""


def _judged(response: Response) -> str:
    """What Discord said. Raises Failed; a limit of requests is told in the body, to the millisecond."""
    if response.status < 400:
        return calls.judge(response)
    told = calls.fields(response)
    said = calls.word(told.get("message"), 200)
    if response.status == 429:
        raise calls.failed(
            "Discord limits how often one may post.",
            response,
            retry_after=calls.seconds(told.get("retry_after")),
        )
    if response.status < 500 and said and response.status != 408:
        hint = " The webhook was deleted." if _code_of(response) in {_UNKNOWN_WEBHOOK, _BAD_TOKEN} else ""
        raise calls.failed(
            f"Discord answered {answers.named(response.status)}: {said}.{hint}", response, final=True
        )
    return calls.judge(response)


def _code_of(response: Response) -> int:
    code = calls.fields(response).get("code") if response.status >= 400 else 0
    return code if isinstance(code, int) else 0


def _address(url: str, path: str = "", **query: str) -> str:
    """The webhook's address with something at the end of its path, and parameters besides its own."""
    parts = urlsplit(url)
    own = dict(parse_qsl(parts.query))
    return urlunsplit(
        (parts.scheme, parts.netloc, parts.path.rstrip("/") + path, urlencode({**own, **query}), "")
    )


def _check(config: Config) -> dict[str, str]:
    if re.search(r"/(?:slack|github)/?(?:\?|$)", config.get("url", "")):
        return {"url": "Leave out /slack or /github at the end of the address."}
    return {}


KIND = Kind(
    name="discord",
    label="Discord",
    about="Posts to a Discord channel. In a forum channel each issue gets its own post; in a text channel, later news links to the first message. The first message always shows the current state.",
    fields=(
        Field(
            "url", "Webhook URL", type="url", secret=True, placeholder="https://discord.com/api/webhooks/…",
            help="In Discord: Edit Channel, Integrations, Webhooks, New Webhook, Copy Webhook URL.",
        ),
    ),
    send=_send,
    check=_check,
    threads=True,
)  # fmt: skip
