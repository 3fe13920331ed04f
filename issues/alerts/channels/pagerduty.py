"""PagerDuty, by its Events API v2. https://developer.pagerduty.com/docs/send-alert-event

An issue is one alert, by its key: news of trouble trigger it, an assignment acknowledges it, and it is resolved when the
issue is resolved or muted, or the monitor has recovered.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC
from typing import Any, Literal

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import answers, calls, outline, text
from issues.alerts.channels.outline import Tone
from issues.alerts.notice import Notice
from issues.models import News
from rustrak.outbound.client import Response

_HOSTS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
_SUMMARY = 1024
_EXCERPT = 4000
_SEVERITIES: dict[Tone, str] = {
    "fatal": "critical", "error": "error", "warning": "warning", "info": "info", "good": "info", "quiet": "info",
}  # fmt: skip

Action = Literal["trigger", "acknowledge", "resolve"]


def message(notice: Notice, routing_key: str, action: Action | None = None) -> dict[str, Any]:
    """The event to send. `action` in place of what the notice's news mean."""
    action = action or _action(notice)
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": dedup_key(notice),
    }
    if action != "trigger":
        return event
    issue = notice.issue
    event["payload"] = {
        "summary": text.line(outline.summary(notice), _SUMMARY),
        "source": text.plain(notice.project.name, 200) or "Rustrak",
        "severity": _SEVERITIES[outline.tone(notice)],
        "timestamp": f"{notice.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "component": text.plain(notice.project.slug, 100),
        "group": text.plain(issue.environment if issue else "", 200),
        "class": str(notice.news),
        "custom_details": _details(notice),
    }
    event["client"] = "Rustrak"
    words, address = outline.link(notice)
    if address:
        event["client_url"] = address
        event["links"] = [{"href": address, "text": text.line(words, 100)}]
    return event


def dedup_key(notice: Notice) -> str:
    """What makes events one alert: the monitor with its environment, the issue; else the message itself."""
    if notice.news in {News.MONITOR_FAILED, News.MONITOR_RECOVERED}:
        # Not the issue: failures of one monitor may be several issues, and it recovers from all of them.
        named = dict(notice.fields)
        about = json.dumps([notice.project.url, named.get("Monitor") or notice.url, named.get("Environment")])
        return f"rustrak/monitor/{hashlib.sha256(about.encode()).hexdigest()}"
    if notice.issue is not None:
        return f"rustrak/issue/{notice.issue.id}"
    return f"rustrak/message/{notice.id}"


def _action(notice: Notice) -> Action:
    if notice.closes or notice.news == News.MUTED:
        return "resolve"
    return "acknowledge" if notice.news == News.ASSIGNED else "trigger"


def _details(notice: Notice) -> dict[str, Any]:
    details: dict[str, Any] = dict(outline.facts(notice, 20))
    issue = notice.issue
    if issue is not None:
        details["Issue"] = text.plain(issue.short_id, 100)
        details["Title"] = text.plain(issue.title, 1200)
        details["Where"] = text.plain(outline.place(issue), 300)
        details["Code"] = text.block(issue.excerpt, _EXCERPT)
    details["News"] = text.line(outline.sentence(notice), 500)
    listed = outline.listed(notice)
    if listed:
        details["Issues"] = [text.line(f"{one.short_id} {one.title} {one.url}", 500) for one in listed]
        details["More"] = outline.more(notice, len(listed))
    details["Rule"] = text.plain(notice.rule, 200)
    return {name: value for name, value in details.items() if value}


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    base = (config.get("api_url") or _HOSTS.get(config.get("region", ""), _HOSTS["us"])).rstrip("/")
    url = base if base.endswith("/enqueue") else f"{base}/v2/enqueue"
    key = config["routing_key"]
    response = calls.call(send, url, message(notice, key))
    answer = _judged(response)
    if notice.news == News.TEST:
        # Nobody is to be woken by it for long.
        response = calls.call(send, url, message(notice, key, "resolve"))
        answer = _judged(response)
    return Sent({"dedup_key": dedup_key(notice)} if notice.issue else {}, response.status, answer)


def _judged(response: Response) -> str:
    """What PagerDuty said. Raises Failed; a rejected event names what is wrong with it."""
    told = calls.fields(response)
    if response.status == 400 or (response.status < 300 and str(told.get("status", "success")) != "success"):
        errors = told.get("errors")
        said = [calls.word(error, 150) for error in errors[:3]] if isinstance(errors, list) else []
        reasons = "; ".join(filter(None, [calls.word(told.get("message"), 150), *said]))
        raise calls.failed(
            f"PagerDuty rejected the event: {reasons or answers.named(response.status)}.",
            response,
            final=True,
        )
    return answers.judge(response)


def _check(config: Config) -> dict[str, str]:
    wrong = {}
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", config.get("routing_key", "x")):
        wrong["routing_key"] = "An integration key has 32 letters and digits."
    if config.get("region", "us") not in {"", *_HOSTS}:
        wrong["region"] = "Choose us or eu."
    return wrong


KIND = Kind(
    name="pagerduty",
    label="PagerDuty",
    about="Triggers an alert for an issue, and resolves it when the issue is resolved or muted.",
    fields=(
        Field(
            "routing_key", "Integration key", secret=True, max_length=64,
            help="In PagerDuty: Services, your service, Integrations, Add integration, Events API V2.",
        ),
        Field(
            "region", "Service region", type="choice", required=False,
            choices=(("us", "United States"), ("eu", "Europe")), help="Where your PagerDuty account is.",
        ),
        Field(
            "api_url", "API address", type="url", required=False, placeholder=_HOSTS["us"],
            help="Only for other services that take events of the Events API v2.",
        ),
    ),
    send=_send,
    check=_check,
)  # fmt: skip
