"""Answers `manage.py doctor` with how its request arrived here.

The doctor signs its request with the installation's secret, so that nobody else gets an answer. The answer is signed
too, which proves that it comes from this installation and not from another one or from a proxy.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from rustrak import proxies

PATH = "/health/probe"
HEADER = "X-Rustrak-Probe"
_ASKING, _ANSWERING = "rustrak.probe.ask", "rustrak.probe.answer"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a request arrived.

    `peer` is the address that connected, `client` the one that the trusted proxies report, `forwarded` the headers of
    proxies, `at` the server's Unix time.
    """

    scheme: str
    host: str
    peer: str
    client: str
    forwarded: dict[str, str]
    at: float


def question() -> str:
    """The value of HEADER for one request."""
    return signing.dumps(secrets.token_hex(8), salt=_ASKING)


def read_answer(body: bytes, asked: str) -> Arrival | None:
    """How the request with the question `asked` arrived; None when the answer is not from this installation."""
    try:
        answer: dict[str, Any] = signing.loads(orjson.loads(body)["answer"], salt=_ANSWERING)
        return Arrival(**answer["arrival"]) if answer["asked"] == asked else None
    except (signing.BadSignature, ValueError, TypeError, KeyError):
        return None


@public("answers only requests that are signed with this installation's secret")
@never_cache
@require_safe
def probe(request: HttpRequest) -> HttpResponse:
    """How the request arrived, signed. 404 unless the request was signed within the last minute."""
    asked = request.headers.get(HEADER, "")
    try:
        signing.loads(asked, salt=_ASKING, max_age=_SECONDS)
    except signing.BadSignature:
        raise Http404 from None
    client = request.META.get("REMOTE_ADDR", "")
    arrival = Arrival(
        scheme=request.scheme or "",
        host=request.headers.get("Host", ""),
        peer=request.META.get(proxies.PEER) or client,
        client=client,
        forwarded={
            name: value[:500]
            for name, value in request.headers.items()
            if name.startswith("X-Forwarded-") or name in {"Forwarded", "X-Real-Ip", "Via"}
        },
        at=time.time(),
    )
    answer = signing.dumps({"asked": asked, "arrival": asdict(arrival)}, salt=_ANSWERING)
    return HttpResponse(orjson.dumps({"answer": answer}), content_type="application/json")
