"""Runs `sending` in a process of its own: a web process would keep the memory that apprise takes.

Both sides exchange one JSON object through pipes, so no secret is on a command line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import Any

from django.conf import settings

from issues.alerts.channel import Failed, Sent
from issues.alerts.channels.apprise import sending
from rustrak.outbound.client import MOST_SECONDS, Refused, Unreachable, send

# For starting Python and importing everything, on a slow machine.
_START_SECONDS = 20.0
_ERRORS: dict[str, type[Exception]] = {"Refused": Refused, "Unreachable": Unreachable}
_CHILD = f"import django; django.setup(); from {__name__} import main; main()"
_UNAVAILABLE = "apprise could not be started on the server. Its log says why."


#: Addresses that are checked at a time by one process: each check takes as much memory as a whole process.
MOST_CHECKS = 2
_WAIT_SECONDS = 1.0
_checks = threading.BoundedSemaphore(MOST_CHECKS)


def check(url: str) -> str:
    """As sending.check, after waiting a moment for others' checks."""
    if not _checks.acquire(timeout=_WAIT_SECONDS):
        return "cannot be checked at the moment, because others are. Try again in some seconds"
    try:
        answer = _ask({"url": url})
    finally:
        _checks.release()
    return str(answer.get("wrong", _UNAVAILABLE))


def send_text(url: str, title: str, body: str, level: str) -> Sent:
    """As sending.send_text, over the usual client."""
    answer = _ask({"url": url, "title": title, "body": body, "level": level})
    if "sent" in answer:
        return Sent(**answer["sent"])
    if "failed" in answer:
        raise Failed(**answer["failed"])
    raise _ERRORS.get(str(answer.get("error")), Unreachable)(str(answer.get("text", _UNAVAILABLE)))


def _ask(question: dict[str, str]) -> dict[str, Any]:
    try:
        # The child writes nothing to its standard error that may be shown: apprise's messages have parts of addresses.
        answer = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _CHILD],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            timeout=_START_SECONDS + MOST_SECONDS,
            check=True,
        ).stdout
        found: dict[str, Any] = json.loads(answer)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    return found


def main() -> None:
    """The child: reads a question and writes the answer."""
    question = json.load(sys.stdin)
    answer: dict[str, Any]
    if "title" not in question:
        answer = {"wrong": sending.check(question["url"])}
    else:
        try:
            sent = sending.send_text(**question, send=send)
            answer = {"sent": {"status": sent.status, "answer": sent.answer}}
        except Failed as failed:
            answer = {
                "failed": {
                    "text": failed.text,
                    "final": failed.final,
                    "status": failed.status,
                    "answer": failed.answer,
                }
            }
        except (Refused, Unreachable) as error:
            answer = {"error": type(error).__name__, "text": str(error)}
    json.dump(answer, sys.stdout)
