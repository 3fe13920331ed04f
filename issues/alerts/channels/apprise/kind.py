"""The kind of channel for all services that have no kind of their own."""

from __future__ import annotations

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import outline, text
from issues.alerts.channels.apprise import process, schemes, sending
from issues.alerts.channels.outline import Tone
from issues.alerts.notice import Notice

_LONGEST_TITLE, _LONGEST_BODY = 200, 2000
_LEVELS: dict[Tone, str] = {
    "fatal": "failure", "error": "failure", "warning": "warning", "info": "info", "good": "success", "quiet": "info",
}  # fmt: skip


def words(notice: Notice) -> tuple[str, str]:
    """The title and the body, in plain text."""
    issue = notice.issue
    lines = [
        f"{text.line(issue.short_id, 60)} {text.line(issue.title, 500)}" if issue else "",
        text.line(outline.detail(notice), 500),
        text.line(outline.place(issue), 200) if issue else "",
        *(f"{text.line(one.short_id, 60)} {text.line(one.title, 80)}" for one in outline.listed(notice)),
        outline.more(notice, len(outline.listed(notice))),
        " · ".join(f"{name} {value}" for name, value in outline.facts(notice)),
    ]
    body = text.cut("\n".join(filter(None, lines)), _LONGEST_BODY)
    # Last and whole, whatever has been cut.
    address = outline.link(notice)[1]
    return text.line(outline.lead(notice), _LONGEST_TITLE), "\n".join(
        filter(None, (body, address))
    ) or "Rustrak"


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    return sending.send_text(config["url"], *words(notice), _LEVELS[outline.tone(notice)], send)


def _test(config: Config, notice: Notice, send: Send) -> Sent:
    return process.send_text(config["url"], *words(notice), _LEVELS[outline.tone(notice)])


def _check(config: Config) -> dict[str, str]:
    url = config.get("url", "")
    wrong = schemes.flaw(url) or process.check(url)
    return {"url": wrong} if wrong else {}


KIND = Kind(
    name="apprise",
    label="Apprise",
    about="Other services: Matrix, Pushover, Gotify, Rocket.Chat, Zulip, Opsgenie, SMS and "
    "a hundred more, through the library Apprise.",
    fields=(
        Field(
            "url", "Address", secret=True, max_length=schemes.LONGEST, placeholder="pover://user@token",
            help="An Apprise URL: see https://appriseit.com/services/. Services that are reached by HTTP are supported.",
        ),
    ),
    send=_send,
    check=_check,
    test=_test,
)  # fmt: skip
