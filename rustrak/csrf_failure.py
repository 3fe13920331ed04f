"""The answer to a form that may not be ours: which of the causes it is, and what helps (CSRF_FAILURE_VIEW)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import csrf
from django.shortcuts import render

from rustrak.lib import problems

# The key of `request.META` with the Cause, for who calls Django's check itself.
CAUSE = "rustrak.csrf_failure"
_PROGRAMS = ("/api/", "/auth/")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened and what helps, in full sentences. `url` is where to go instead, if that helps."""

    title: str
    text: str
    fix: str
    url: str = ""

    @property
    def message(self) -> str:
        """For programs: one line."""
        return f"{self.text} {self.fix}"


def failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A 403: a page, or JSON where programs call. `reason` is Django's."""
    found = cause(request, reason)
    request.META[CAUSE] = found
    if request.path_info.startswith(_PROGRAMS):
        return problems.answer(problems.Forbidden(found.message))
    return render(request, "403_csrf.html", {"cause": found}, status=403)


def cause(request: HttpRequest, reason: str) -> Cause:
    """Why Django refuses this request. Nothing that was sent is in the answer but its origin, cut short."""
    if settings.SESSION_COOKIE_SECURE and not request.is_secure() and reason.startswith("CSRF"):
        return Cause(
            "You cannot sign in at this address",
            "You opened this page over http, but browsers send the cookies of this site over https only.",
            "If you did use https, the proxy in front of Rustrak does not say so: it must send X-Forwarded-Proto, and "
            "TRUSTED_PROXIES must contain its address.",
            url=settings.PUBLIC_URL,
        )
    sent = request.META.get("HTTP_ORIGIN")
    if sent == "null" and reason.startswith("Origin"):
        return Cause(
            "Your browser did not say where this form comes from",
            "It sent “Origin: null”. Browsers do that when a page has the header Referrer-Policy: no-referrer. Rustrak does "
            "not send it: a proxy in front of Rustrak or an extension of your browser adds it.",
            "Have the proxy leave that header alone, or send Referrer-Policy: same-origin. Then reload the page.",
        )
    if reason.startswith(("Origin", "Referer")) and reason != csrf.REASON_NO_REFERER:
        return _elsewhere(request, sent or request.META.get("HTTP_REFERER", ""))
    if reason == csrf.REASON_NO_REFERER:
        return Cause(
            "Your browser did not say where this form comes from",
            "It sent neither an Origin nor a Referer header: your browser, an extension or a proxy removes them.",
            "Allow them for this site: over https, nothing else tells our forms from those of other sites. Then reload "
            "the page.",
        )
    if reason == csrf.REASON_NO_CSRF_COOKIE:
        return Cause(
            "Your browser sent no cookie",
            "Without one, Rustrak cannot tell its own forms from those of other sites, and you cannot sign in.",
            "Allow cookies for this site, go back, reload the page and try again. Programs send the csrftoken cookie, "
            "and its value as X-CSRFToken.",
        )
    if reason == csrf.REASON_CSRF_TOKEN_MISSING:
        return Cause(
            "This form arrived without its token",
            "The X-CSRFToken header or the form's hidden field is missing.",
            "Go back, reload the page and try again. Programs send the value of the csrftoken cookie as X-CSRFToken.",
        )
    return Cause(
        "This page has expired",
        "You signed in or out after it was opened, so its token is no longer valid.",
        "Go back, reload the page and try again. Programs send the value of the csrftoken cookie as X-CSRFToken.",
    )


def _elsewhere(request: HttpRequest, address: str) -> Cause:
    """The cause when a form was sent from an address that is not ours, as far as we know."""
    sent = _origin(address)
    scheme, _, host = sent.partition("://")
    ours = "https" if request.is_secure() else "http"
    if host and host == request.get_host() and scheme in {"http", "https"} and scheme != ours:
        return Cause(
            f"Your browser uses {scheme}, but Rustrak is told {ours}",
            f"The form was sent from {sent}, and arrived as {ours}: the proxy in front of Rustrak does not say what the "
            "browser used, or is not believed.",
            f"Set PUBLIC_URL={sent}{settings.FORCE_SCRIPT_NAME or ''}, SSL_PROXY={str(scheme == 'https').lower()} and "
            "TRUSTED_PROXIES to the proxy's address, and have the proxy send X-Forwarded-Proto.",
        )
    return Cause(
        "This form was sent from another address",
        f"Your browser sent it from {sent or 'an address that is not valid'}. Rustrak is at {settings.PUBLIC_URL}.",
        "If that is the address in your browser, PUBLIC_URL is wrong, or the proxy in front of Rustrak does not pass the "
        "Host header on: an admin must correct it. If it is not, another site tried to send a form in your name. "
        "Nothing was changed.",
    )


def _origin(address: str) -> str:
    """The origin of an address that a browser sent; empty when it has none."""
    try:
        parts = urlsplit(address[: 10 * _LONGEST])
    except ValueError:
        return ""
    if not parts.scheme or not parts.netloc:
        return ""
    text = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"[:_LONGEST]
    return "".join(char if char.isprintable() else "?" for char in text)
