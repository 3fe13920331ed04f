"""The addresses that SDKs call: one module with one `handle` for each. ingest.edge.routing has the paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ingest.edge import answers
from ingest.edge.answers import Answer
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
from ingest.edge.errors import Refused
from ingest.edge.exchange import Exchange
from ingest.edge.request import Request

Handle = Callable[[Exchange], Awaitable[Answer]]
Refuse = Callable[[Request, Refused], Answer]


def _as_json(request: Request, refusal: Refused) -> Answer:
    return answers.refused(refusal)


@dataclass(frozen=True)
class Endpoint:
    """`handle` answers a request, or raises Refused or SpoolUnavailable.

    Methods other than `methods` and OPTIONS are refused with 405. `category` is the data category in which a refused
    request is counted if none of its items was seen. `refuse` makes the answer to one. With `safe`, GET changes nothing and
    HEAD is answered like it.
    """

    handle: Handle
    methods: tuple[str, ...] = ("POST",)
    category: str = "error"
    refuse: Refuse = _as_json
    safe: bool = False


ENDPOINTS: dict[str, Endpoint] = {
    "envelope": Endpoint(envelope.handle, category="default"),
    "store": Endpoint(store.handle),
    "security": Endpoint(security.handle),
    "minidump": Endpoint(minidump.handle),
    "attachments": Endpoint(attachments.handle, category="attachment"),
    "nel": Endpoint(nel.handle, category="default"),
    "cron": Endpoint(cron.handle, ("GET", "POST"), "monitor"),
    "error_page": Endpoint(error_page.handle, ("GET", "POST"), "feedback", error_page.refuse, safe=True),
    "user_feedback": Endpoint(user_feedback.handle, category="feedback"),
}
