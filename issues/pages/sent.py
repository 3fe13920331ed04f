"""Reads what the forms of actions send."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def uuids(texts: Iterable[str]) -> list[UUID]:
    """The ids; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def back_to(request: HttpRequest, otherwise: str, name: str = "next") -> str:
    """The field `name` if it is a path on this site, else `otherwise`."""
    wanted = request.POST.get(name, "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return otherwise
