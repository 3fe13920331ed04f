"""Tells this installation's own `manage.py doctor` how its request arrived here.

The doctor signs its request with the installation's secret, so nobody else learns anything, and the signed answer
proves that it came from this installation and not from another one or a page in between.
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
    """How a request arrived. `peer` connected; `client` is on whose behalf as far as TRUSTED_PROXIES says; `forwarded`
    are the headers of proxies; `at` is the server's Unix time."""

    scheme: str
    host: str
    peer: str
    client: str
    forwarded: dict[str, str]
    at: float


def question() -> str:
    """The header's value for one request."""
    return signing.dumps(secrets.token_hex(8), salt=_ASKING)


def read_answer(body: bytes, asked: str) -> Arrival | None:
    """The answer to the question `asked`; None when it is not this installation's."""
    try:
        answer: dict[str, Any] = signing.loads(orjson.loads(body)["answer"], salt=_ANSWERING)
        return Arrival(**answer["arrival"]) if answer["asked"] == asked else None
    except (signing.BadSignature, ValueError, TypeError, KeyError):
        return None


@public("answers nobody but who can sign with this installation's secret")
@never_cache
@require_safe
def probe(request: HttpRequest) -> HttpResponse:
    """How the request arrived, signed; 404 for who has not signed it within a minute."""
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
