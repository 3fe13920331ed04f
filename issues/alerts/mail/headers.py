"""What mail programs read: which message it is, what it belongs to, and how to get no more of its kind.

A conversation is kept by its first message: later ones name it in In-Reply-To and References (RFC 5322, section 3.6.4) and
keep its subject behind "Re:", without which Gmail would part them. It never starts anew while the first message is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from issues.alerts.channel import Thread
from issues.alerts.notice import Notice

# RFC 5322's msg-id, as narrow as we write it: what is stored may be wrong, and must not end a header.
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.:\[\]_-]{1,255}>")
_SUBJECT_LENGTH = 300


def host() -> str:
    """The host of PUBLIC_URL as it stands in message ids."""
    name = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"[{name}]" if ":" in name else name


def message_id(delivery: UUID) -> str:
    """The id of a message: the same in each attempt, so that a mailbox shows one that was sent twice once."""
    return f"<alert.{delivery}@{host()}>"


def of(notice: Notice, thread: Thread) -> dict[str, str]:
    """The headers of a message in this conversation."""
    headers = {
        "Message-ID": message_id(notice.id),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<{notice.project.slug}.alerts.{host().strip('[]')}>",
        "X-Rustrak-Project": notice.project.slug,
        "X-Rustrak-News": str(notice.news.value),
    }
    if notice.issue is not None:
        headers["X-Rustrak-Issue"] = notice.issue.short_id
    if first := _first(thread):
        headers["In-Reply-To"] = headers["References"] = first
    return headers


def unsubscribing(url: str) -> dict[str, str]:
    """The headers with which a mail program shows its own button (RFC 2369, RFC 8058). It uses https addresses only."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def subject(thread: Thread, own: str) -> str:
    """The subject of a message: that of its conversation, or its `own`."""
    before = thread.get("subject")
    if (
        _first(thread)
        and isinstance(before, str)
        and before.isprintable()
        and 0 < len(before) <= _SUBJECT_LENGTH
    ):
        return f"Re: {before}"
    return f"Re: {own}" if _first(thread) else own


def continued(notice: Notice, thread: Thread, own: str) -> dict[str, Any]:
    """The conversation with this message in it; {} for what is not about one issue."""
    if notice.issue is None:
        return {}
    return dict(thread) if _first(thread) else {"message_id": message_id(notice.id), "subject": own}


def _first(thread: Mapping[str, Any]) -> str:
    known = thread.get("message_id")
    return known if isinstance(known, str) and _MESSAGE_ID.fullmatch(known) else ""
