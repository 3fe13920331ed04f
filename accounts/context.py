"""What every page needs around its content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The theme of the signed-in person, for `<html data-theme>`."""
    return {"theme": getattr(request.user, "theme", "system") if hasattr(request, "user") else "system"}
