"""Access to the metrics: with the bearer token of an admin or auditor of the installation, or from this machine."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Capability, may, public
from accounts.credentials import Token
from rustrak import proxies
from rustrak.lib import problems
from rustrak.ops.metrics import exposition

_token = Token()
_FORWARDING = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP",
               "HTTP_X_CLUSTER_CLIENT_IP", "HTTP_FASTLY_CLIENT_IP", "HTTP_X_AZURE_CLIENTIP", "HTTP_X_ORIGINAL_URL",
               "HTTP_X_ARR_LOG_ID", "HTTP_X_ENVOY_EXTERNAL_ADDRESS")  # fmt: skip


@public("the view itself requires an admin's token or a request from this machine")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics as Prometheus text. 401 without access, 403 for a token that does not give `audit:read`."""
    try:
        _check_access(request)
    except problems.Problem as refusal:
        return problems.answer(refusal)
    return HttpResponse(exposition.text(time.time()), content_type=exposition.CONTENT_TYPE)


def _check_access(request: HttpRequest) -> None:
    user = _token(request)
    if user is not None:
        if not may(user, Capability.AUDIT_READ):
            raise problems.Forbidden(
                "Only admins and auditors of the installation may read the metrics, with a token that has audit:read."
            )
    elif not is_local(request):
        raise problems.Unauthorized("Send an admin's API token, or ask from this machine without a proxy.")


def is_local(request: HttpRequest) -> bool:
    """Whether the request comes from a program on this machine, from no proxy on it and from no web page."""
    if "HTTP_ORIGIN" in request.META or request.META.get("HTTP_SEC_FETCH_SITE", "none") != "none":
        return False
    if any(name in _FORWARDING or name.startswith("HTTP_X_FORWARDED") for name in request.META):
        return False
    peer = proxies.address(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and peer.is_loopback
