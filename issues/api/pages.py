"""The contract for machines and for people: /api/openapi.json and /api/docs. And what lies nowhere, in JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import Router

from accounts.access import public, signed_in
from rustrak.lib import problems

router = Router()


@router.get("/api/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> dict[str, Any]:
    from issues.api import api

    return api.get_openapi_schema()


@signed_in
def docs(request: HttpRequest) -> HttpResponse:
    """The contract as a page to read and try; it calls the API with the reader's own session."""
    return render(request, "api/docs.html")


@public("says only that there is nothing here")
def missing(request: HttpRequest) -> HttpResponse:
    return problems.answer(problems.NotFound("There is no such thing here."))


missing.csrf_exempt = True  # type: ignore[attr-defined]
