"""The pages that explain the API, /api/docs, and the answer at addresses that do not exist."""

from __future__ import annotations

from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix

from accounts.access import Capability, public, signed_in
from rustrak.api import reading
from rustrak.api.whole import document
from rustrak.lib import problems


@lru_cache(maxsize=2)
def _subjects(prefix: str) -> dict[str, reading.Subject]:
    """Of an installation that is mounted at `prefix`. Once for a process: it takes a tenth of a second."""
    return reading.subjects(document(prefix))


@signed_in(reads=Capability.ORG_READ)
def docs(request: HttpRequest) -> HttpResponse:
    """All operations by subject, with a sentence about each."""
    return render(request, "api/docs.html", {"subjects": _subjects(get_script_prefix()).values()})


@signed_in(reads=Capability.ORG_READ)
def docs_of(request: HttpRequest, subject: str) -> HttpResponse:
    """The operations of one subject: what each is for, what goes in and comes out, and an example."""
    found = _subjects(get_script_prefix())
    if subject not in found:
        raise Http404
    return render(request, "api/docs_of.html", {"subject": found[subject], "subjects": found.values()})


@public("only returns a 404")
def missing(request: HttpRequest) -> HttpResponse:
    return problems.answer(problems.NotFound("There is nothing at this address."))


missing.csrf_exempt = True  # type: ignore[attr-defined]
