"""Who may read the metrics: an installation admin's bearer token, or a program on this machine."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.credentials import Token
from rustrak import proxies
from rustrak.lib import problems
from rustrak.ops.metrics import exposition

_token = Token()
_FORWARDING = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP")  # fmt: skip


@public("programs come with an admin's token or from this machine; the view itself refuses the others")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics as Prometheus text; 401 for strangers, 403 for a token that is no admin's."""
    try:
        _let_in(request)
    except problems.Problem as refusal:
        return problems.answer(refusal)
    return HttpResponse(exposition.text(time.time()), content_type=exposition.CONTENT_TYPE)


def _let_in(request: HttpRequest) -> None:
    user = _token(request)
    if user is not None:
        if not user.is_admin:
            raise problems.Forbidden("Metrics are for admins of the installation.")
    elif not is_local(request):
        raise problems.Unauthorized("Metrics need an admin's API token, or a request from this machine.")


def is_local(request: HttpRequest) -> bool:
    """Whether a program on this machine asks, and no proxy on its behalf."""
    if any(name in _FORWARDING or name.startswith("HTTP_X_FORWARDED") for name in request.META):
        return False
    peer = proxies.address(request.META.get("REMOTE_ADDR", ""))
    return peer is not None and peer.is_loopback
