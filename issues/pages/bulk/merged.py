"""Has the addresses of issues that were merged into others lead to these."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from accounts.models import Project
from issues.models import MergedIssue


def follow(pattern: URLPattern) -> URLPattern:
    """The pattern of an issue's page, so that a request for one that was merged is redirected; any other as it is."""
    if "issue_id" not in pattern.pattern.converters:
        return pattern
    view: Callable[..., HttpResponse] = pattern.callback

    @wraps(view)
    def following(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            target = _target(request, **kwargs)
            if target is None:
                raise
            return redirect(target)

    pattern.callback = following
    return pattern


def _target(request: HttpRequest, **kwargs: Any) -> str | None:
    """The same page of the issue that this one was merged into; None if the user cannot see any."""
    found = request.resolver_match
    if found is None or request.method not in {"GET", "HEAD"} or not request.user.is_authenticated:
        return None
    projects = Project.objects.visible_to(request.user).filter(slug=kwargs["slug"])
    into = MergedIssue.objects.filter(issue=kwargs["issue_id"], project__in=projects).values_list(
        "into", flat=True
    )
    if (target := into.first()) is None:
        return None
    address = reverse(found.view_name, kwargs={**kwargs, "issue_id": target})
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address
