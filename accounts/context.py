"""What every page needs around its content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Project, User

# A menu longer than this is no help: the overview lists them all.
_MENU_LENGTH = 30


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The theme for `<html data-theme>`, and the project menu's projects, read only if a template shows them."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": User.Theme.SYSTEM, "menu_projects": []}

    def menu() -> list[Project]:
        projects = Project.objects.visible_to(user).by_name().only("id", "name", "slug")
        return list(projects[:_MENU_LENGTH])

    return {"theme": user.theme, "menu_projects": SimpleLazyObject(menu)}
