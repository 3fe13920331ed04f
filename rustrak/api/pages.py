"""The HTML page of the API, /api/docs, and the answer at addresses that do not exist."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import Capability, public, signed_in
from rustrak.lib import problems


@signed_in(reads=Capability.ORG_READ)
def docs(request: HttpRequest) -> HttpResponse:
    """A page that shows the API's description and can call the API with the reader's session."""
    return render(request, "api/docs.html")


@public("only returns a 404")
def missing(request: HttpRequest) -> HttpResponse:
    return problems.answer(problems.NotFound("There is nothing at this address."))


missing.csrf_exempt = True  # type: ignore[attr-defined]
