"""Errors in the body of an answer whose status says that all is well, as bots give them. Pure.

An object is an error if one of these holds; whatever else it says, the message was taken:

    ok or success is false                     Slack, Telegram and many others
    errcode or StatusCode is a number, not 0   WeCom, DingTalk, Feishu
    code is a number, negative or from 300 on, beside msg or message   Feishu, Lark; 200 and small numbers mean success elsewhere
    status is error, fail, failed or failure
    error is a text or an object, or errors is a list, and none of them is empty
"""

from __future__ import annotations

import json
from typing import Any

from issues.alerts.channel import Failed
from issues.alerts.channels import answers
from rustrak.outbound.client import Response

# "Busy" and "too many" of WeCom, DingTalk, Feishu: the same message may be taken later.
_LATER = frozenset({-1, 45009, 45033, 130101, 11232, 99991400})
_STATUSES = frozenset({"error", "fail", "failed", "failure"})
_REASONS = ("errmsg", "msg", "message", "description", "error", "errors", "StatusMessage", "detail")


def judge(response: Response) -> str:
    """As answers.judge; raises Failed also for an error in the body. Final if it has a code that does not pass by itself."""
    answer = answers.judge(response)
    found = _object(response.body)
    wrong, code = _error(found)
    if not wrong:
        return answer
    reason = next((found[name] for name in _REASONS if isinstance(found.get(name), str) and found[name]), "")
    said = answers.said(reason.encode("utf-8", "replace"), 150)
    number = f" {code}" if code is not None else ""
    raise Failed(
        f"It answered {answers.named(response.status)} with an error{number}{f': {said}' if said else ''}.",
        final=code is not None and code not in _LATER,
        status=response.status,
        answer=answer,
        retry_after=answers.retry_after(response),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _error(found: dict[str, Any]) -> tuple[bool, int | None]:
    """Whether the answer is an error, and its code if it has one."""
    for name in ("errcode", "StatusCode"):
        if (code := _number(found.get(name))) is not None and code != 0:
            return True, code
    code = _number(found.get("code"))
    if code is not None and not 0 <= code < 300 and ("msg" in found or "message" in found):
        return True, code
    if found.get("ok") is False or found.get("success") is False:
        return True, None
    if found.get("ok") is True or found.get("success") is True:
        return False, None
    status = found.get("status")
    if isinstance(status, str) and status.lower() in _STATUSES:
        return True, None
    error, errors = found.get("error"), found.get("errors")
    return bool(isinstance(error, str | dict) and error) or bool(isinstance(errors, list) and errors), None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53 else None
