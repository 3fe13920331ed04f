"""What SDKs call: one module an endpoint, each with one `handle`. ENDPOINTS names them as ingest.edge.routing does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.edge.answers import Answer
from ingest.edge.decode.body import Body
from ingest.edge.endpoints import (
    attachments,
    cron,
    envelope,
    error_page,
    minidump,
    nel,
    security,
    store,
    user_feedback,
)
from ingest.edge.request import Request

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

Handle = Callable[["Intake", Request, Body], Awaitable[Answer]]


@dataclass(frozen=True)
class Endpoint:
    """`handle` answers a request or raises Refused; other methods than `methods` (and OPTIONS) are a 405.
    `category` is what a request is counted as when nothing of its content was seen."""

    handle: Handle
    methods: tuple[str, ...] = ("POST",)
    category: str = "error"


ENDPOINTS: dict[str, Endpoint] = {
    "envelope": Endpoint(envelope.handle, category="default"),
    "store": Endpoint(store.handle),
    "security": Endpoint(security.handle),
    "minidump": Endpoint(minidump.handle),
    "attachments": Endpoint(attachments.handle, category="attachment"),
    "nel": Endpoint(nel.handle, category="default"),
    "cron": Endpoint(cron.handle, ("GET", "POST"), "monitor"),
    "error_page": Endpoint(error_page.handle, ("GET", "POST"), "feedback"),
    "user_feedback": Endpoint(user_feedback.handle, category="feedback"),
}
