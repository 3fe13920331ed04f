"""Sends webhooks, and checks what people enter for them."""

from __future__ import annotations

import hashlib
import hmac
import json

from issues.alerts.channel import Config, Failed, Field, Kind, Send, Sent, Thread
from issues.alerts.channels import refusals
from issues.alerts.channels.webhook import headers, template
from issues.alerts.channels.webhook.body import SAMPLES, body, placeholders
from issues.alerts.notice import Notice
from rustrak.lib import clock
from rustrak.outbound.client import Request

MOST_BODY = 256 * 1024


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """The value of X-Rustrak-Signature for a body sent at `timestamp`."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + content, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _send(config: Config, notice: Notice, thread: Thread, send: Send) -> Sent:
    if config.get("template"):
        try:
            content = template.render(config["template"], placeholders(notice))
        except template.BadTemplate as bad:
            raise Failed(f"The body {bad}. Change it on the page of the channel.", final=True) from None
    else:
        content = json.dumps(body(notice), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
    if len(content) > MOST_BODY:
        raise Failed(f"The body is larger than {MOST_BODY // 1024} KiB.", final=True)
    timestamp = str(int(clock.now().timestamp()))
    own, _ = headers.read(config.get("headers", ""))
    if not any(name.lower() == "content-type" for name in own):
        own["Content-Type"] = "application/json; charset=utf-8"
    own |= {"X-Rustrak-Timestamp": timestamp, "X-Rustrak-Request-ID": str(notice.id)}
    if config.get("secret"):
        own["X-Rustrak-Signature"] = signature(config["secret"], timestamp, content)
    response = send(Request(config.get("method") or "POST", config["url"], own, content))
    return Sent(status=response.status, answer=refusals.judge(response))


def _check(config: Config) -> dict[str, str]:
    errors: dict[str, str] = {}
    if wrong := headers.read(config.get("headers", ""))[1]:
        errors["headers"] = wrong
    if config.get("template"):
        try:
            template.check(config["template"], [placeholders(sample) for sample in SAMPLES])
        except template.BadTemplate as bad:
            errors["template"] = str(bad)
    return errors


KIND = Kind(
    name="webhook",
    label="Webhook",
    about="Sends JSON to an address of your own, with a signature that proves who sent it. With a custom body, it also "
    "posts to chats such as WeCom, DingTalk and Feishu.",
    fields=(
        Field("url", "Address", "It often contains a token, so it is stored like a password.", "url", secret=True,
              max_length=2000, placeholder="https://example.org/hook"),
        Field("method", "Method", type="choice", required=False, choices=(("POST", "POST"), ("PUT", "PUT"))),
        Field("secret", "Signing secret", "Each request then has X-Rustrak-Signature, an HMAC-SHA256 of the time, a dot "
              "and the body.", secret=True, required=False, max_length=200),
        Field("headers", "Headers", "One per line, such as Authorization: Bearer … All are stored like passwords.", "lines",
              secret=True, required=False, max_length=8000, placeholder="X-Team: shop"),
        Field("template", "Body", 'JSON with placeholders such as {{ issue.title }}. Empty: a body with all values.', "lines",
              required=False, max_length=template.LONGEST, placeholder='{"text": "{{ headline }}: {{ issue.title }}"}'),
    ),
    send=_send,
    check=_check,
)  # fmt: skip
