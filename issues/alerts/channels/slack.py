"""Slack: by an incoming webhook, which cannot answer in threads, or by a bot, which can and also keeps the first message up
to date.

Block Kit and its limits: https://docs.slack.dev/reference/block-kit/blocks. There are no buttons: even one that only opens
a page asks the app for an answer, and Slack shows a warning when there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.notice import Notice
from rustrak.outbound.client import Response

API = "https://slack.com/api"
_HEADER, _FIELD, _ELEMENT = 150, 2000, 2000
_EXCERPT = 2500
# Errors that end by themselves.
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
     "rollup_error", "team_added_to_org", "timeout", "unknown_error"}
)  # fmt: skip
_GONE = frozenset({"message_not_found", "thread_not_found", "cant_update_message", "invalid_thread_ts"})
_APP_LEVEL = "This is an app-level token. Enter the Bot User OAuth Token, which begins with xoxb-."
_HINTS = {
    "channel_not_found": "The bot does not see this channel: check its ID, and invite the bot with /invite.",
    "not_in_channel": "Invite the bot to the channel with /invite.",
    "is_archived": "The channel is archived.",
    "channel_is_archived": "The channel is archived.",
    "invalid_auth": "The token is wrong, or was revoked.",
    "not_authed": "The token is missing.",
    "token_revoked": "The token was revoked.",
    "account_inactive": "The bot's account was deactivated.",
    "missing_scope": "The bot needs the scope chat:write.",
    "no_service": "The webhook was removed or disabled.",
    "no_active_hooks": "The webhook was removed or disabled.",
    "invalid_token": "The webhook was removed or disabled.",
}


def message(notice: Notice, *, now: str = "") -> dict[str, Any]:
    """`text` (shown in notifications only) and `blocks`. With `now`, the first message of a conversation brought up to date."""
    tone = outline.tone_now(notice) if now else outline.tone(notice)
    return {
        "text": f"{outline.MARK[tone]} {_mrkdwn(outline.summary(notice), 600)}",
        "blocks": list(_blocks(notice, outline.MARK[tone], now)),
    }


def reply(notice: Notice) -> dict[str, Any]:
    """News for the thread of an issue, whose first message tells the rest."""
    said = f"{outline.MARK[outline.tone(notice)]} *{_mrkdwn(outline.sentence(notice), 500)}*"
    facts = " · ".join(f"{name} {value}" for name, value in outline.facts(notice, short=True))
    return {
        "text": f"{outline.MARK[outline.tone(notice)]} {_mrkdwn(outline.summary(notice), 600)}",
        "blocks": [_section(said), *([_context(_mrkdwn(facts, _ELEMENT // 2))] if facts else [])],
    }


def _blocks(notice: Notice, mark: str, now: str) -> Iterator[dict[str, Any]]:
    issue = notice.issue
    yield {
        "type": "header",
        "text": {
            "type": "plain_text",
            "text": text.line(f"{mark} {outline.lead(notice)}", _HEADER),
            "emoji": False,
        },
    }
    if now:
        yield _section(f"*Now:* {_mrkdwn(now, 500)}")
    if issue is not None:
        title = _mrkdwn(issue.title, 600) or "(no title)"
        yield _section(f"{_link(issue.url, title)}\n{_mrkdwn(outline.place(issue), 300)}".rstrip())
    if said := _mrkdwn(outline.detail(notice), 500):
        yield _section(said)
    lines = [
        f"• {_link(one.url, _mrkdwn(one.short_id, 60))} {_mrkdwn(one.title, 80)}"
        for one in outline.listed(notice)
    ]
    yield from (_section("\n".join(lines[start : start + 4])) for start in range(0, len(lines), 4))
    if facts := outline.facts(notice):
        # Plain text: nothing in it is markup.
        yield {
            "type": "section",
            "fields": [_plain(f"{name}\n{value}", _FIELD) for name, value in facts],
        }
    if issue is not None and (excerpt := text.block(issue.excerpt, _EXCERPT // 5 * 2)):
        yield _section(f"```\n{text.fit(excerpt, _EXCERPT, _escaped)}\n```")
    words, address = outline.link(notice)
    end = [
        _link(address, _mrkdwn(words, 100)) if address else "",
        _mrkdwn(outline.more(notice, len(lines)), 60),
        _mrkdwn(outline.why(notice), 150),
    ]
    yield _context(" · ".join(part for part in end if part) or "Rustrak")


def _section(mrkdwn: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}


def _context(mrkdwn: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn, "verbatim": True}]}


def _plain(said: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": text.cut(said, most), "emoji": False}


def _link(url: str, words: str) -> str:
    """A link to a page of ours; its words alone when the address is not known."""
    return (
        f"<{url.replace('&', '&amp;').replace('|', '%7C').replace('>', '%3E')}|{words}>"
        if url
        else f"*{words}*"
    )


def _mrkdwn(said: str, most: int) -> str:
    """A line without links and mentions: the three characters that Slack names are escaped. Its bold and code may stay.

    It has at most twice `most` characters, with those of the escapes.
    """
    return text.fit(text.line(said, most), 2 * most, _escaped)


def _escaped(character: str) -> str:
    return _ENTITIES.get(character, character)


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _send_by_webhook(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    response = calls.call(send, config["url"], message(notice))
    if response.status < 500 and (error := _error(response)):
        raise _refused(error, response)
    answer = calls.judge(response)
    return Sent({"sent": True} if notice.issue else {}, response.status, answer)


def _send_by_bot(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    target = config["channel"]
    ts, room = calls.identity(thread.get("ts")), calls.identity(thread.get("channel"))
    if ts and room and thread.get("to") == target:
        now = outline.state(notice)
        update = {**message(outline.first(notice, thread), now=now), "channel": room, "ts": ts}
        # First, because repeating it does no harm if the reply then fails.
        response, error = _call(config, "chat.update", update, send)
        if error and error not in _GONE and (error in _LATER or response.status == 429):
            raise _refused(error, response)
        if error not in _GONE:
            payload = {
                **reply(notice),
                "channel": room,
                "thread_ts": ts,
                "unfurl_links": False,
                "unfurl_media": False,
            }
            if notice.news not in outline.FOLLOW_UPS:
                payload["reply_broadcast"] = True
            response, error = _call(config, "chat.postMessage", payload, send)
            if not error:
                return Sent(dict(thread), response.status, answers.said(response.body))
            if error not in _GONE:
                raise _refused(error, response)
    payload = {**message(notice), "channel": target, "unfurl_links": False, "unfurl_media": False}
    response, error = _call(config, "chat.postMessage", payload, send)
    if error:
        raise _refused(error, response)
    answer = calls.fields(response)
    begun = {
        "to": target,
        "channel": calls.identity(answer.get("channel")),
        "ts": calls.identity(answer.get("ts")),
        **outline.begun(notice),
    }
    return Sent(begun if notice.issue else {}, response.status, answers.said(response.body))


def _call(config: Config, method: str, payload: dict[str, Any], send: Send) -> tuple[Response, str]:
    """Call a method of the Web API. Returns its answer and its error, empty for success. Raises Failed for an answer
    that is none of the Web API's."""
    base = (config.get("api_url") or API).rstrip("/")
    headers = {"Authorization": f"Bearer {config['token']}"}
    response = calls.call(send, f"{base}/{method}", payload, headers=headers)
    if error := _error(response):
        return response, error
    calls.judge(response)
    if calls.fields(response).get("ok") is not True:
        raise calls.failed("It did not answer as Slack's Web API does.", response)
    return response, ""


def _error(response: Response) -> str:
    """The error that an answer names, also one with status 200; empty for success."""
    found = calls.fields(response)
    if found:
        if found.get("ok") is False or found.get("success") is False:
            return calls.word(found.get("error")) or "unknown_error"
        return ""
    said = answers.said(response.body, 100)
    return said if said != "ok" and re.fullmatch(r"[a-z]+(?:_[a-z]+)+", said) else ""


def _refused(error: str, response: Response) -> Exception:
    later = error in _LATER or response.status == 429 or response.status >= 500
    hint = _HINTS.get(error, "")
    return calls.failed(f"Slack answered {error}. {hint}".rstrip(), response, final=not later)


def _check_webhook(config: Config) -> dict[str, str]:
    if re.search(r"^https://hooks\.slack\.com/(?:workflows|triggers)/", config.get("url", "")):
        return {
            "url": "This starts a Slack workflow. Create an incoming webhook instead; its address has /services/ in it."
        }
    return {}


def _check_bot(config: Config) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[\x21-\x7e]+", config.get("token", "x")):
        wrong["token"] = calls.NOT_A_TOKEN
    elif config.get("token", "").startswith("xapp-"):
        wrong["token"] = _APP_LEVEL
    return wrong


WEBHOOK = Kind(
    name="slack",
    label="Slack webhook",
    about="Posts to one Slack channel through an incoming webhook. Each message stands alone: Slack lets only bots answer in threads.",
    fields=(
        Field(
            "url", "Webhook URL", type="url", secret=True, placeholder="https://hooks.slack.com/services/…",
            help="On api.slack.com/apps: your app, Incoming Webhooks, Add New Webhook.",
        ),
    ),
    send=_send_by_webhook,
    check=_check_webhook,
)  # fmt: skip

BOT = Kind(
    name="slack_bot",
    label="Slack bot",
    about="Posts as a bot: one thread for each issue, whose first message always shows the current state.",
    fields=(
        Field(
            "token", "Bot token", secret=True, placeholder="xoxb-…",
            help="On api.slack.com/apps: your app, OAuth & Permissions, Bot User OAuth Token. It needs the scope chat:write.",
        ),
        Field(
            "channel", "Channel", max_length=100, placeholder="C0123456789",
            help="The channel's ID, at the end of its details in Slack. Invite the bot to the channel with /invite.",
        ),
        Field(
            "api_url", "API address", type="url", required=False, placeholder=API,
            help="Only for GovSlack and compatible servers.",
        ),
    ),
    send=_send_by_bot,
    check=_check_bot,
    threads=True,
)  # fmt: skip
