"""Whether the other side has taken a message, told by its HTTP answer. Pure.

2xx                  taken
3xx                  final: redirects are not followed
408, 425, 429, 5xx   later, when Retry-After says so, at most an hour
other 4xx            final: the address, the key or the message is wrong, and the same bytes would be refused again
"""

from __future__ import annotations

import re
import unicodedata
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from issues.alerts.channel import Failed
from issues.models.alerts.delivery import ANSWER_LENGTH
from rustrak.lib import clock
from rustrak.outbound.client import Response

MOST_RETRY_SECONDS = 3600.0
_LATER = frozenset({408, 425, 429})
_SECONDS = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,9})?", re.ASCII)
_LONGEST_HEADER = 100
# What is not drawn, or changes how what stands around it is drawn.
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def judge(response: Response) -> str:
    """What the other side said, as `said` returns it. Raises Failed unless the status is 2xx."""
    answer = said(response.body)
    status = response.status
    if 200 <= status < 300:
        return answer
    if 300 <= status < 400:
        text = f"It answered with a redirect ({named(status)}). Redirects are not followed: enter the final address."
        raise Failed(text, final=True, status=status, answer=answer)
    later = status in _LATER or status >= 500
    raise Failed(
        f"It answered {named(status)}.",
        final=not later,
        status=status,
        answer=answer,
        retry_after=retry_after(response) if later else None,
    )


def named(status: int) -> str:
    """A status with its standard name: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after(response: Response) -> float | None:
    """The seconds of Retry-After (RFC 9110, section 10.2.3), from 0 to MOST_RETRY_SECONDS; None if there are none."""
    text = response.headers.get("retry-after", "")[:_LONGEST_HEADER].strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
            seconds = moment.timestamp() - clock.now().timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(max(seconds, 0.0), MOST_RETRY_SECONDS)


def said(body: bytes, length: int = ANSWER_LENGTH) -> str:
    """The beginning of a body as one line of text that can be seen, of at most `length` characters."""
    # A character has at most four bytes; white space is folded, so more than `length` characters are looked at.
    text = body[: 8 * length].decode("utf-8", "replace")
    folded = " ".join("".join(map(_visible, text)).split())
    return folded if len(folded) <= length else f"{folded[: length - 1]}…"


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "\ufffd" if unicodedata.category(character) in _HIDDEN else character
