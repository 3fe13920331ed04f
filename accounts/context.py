"""What the frame of every page needs: theme, project menu, tabs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Project, User
from accounts.navigation import TABS

# A longer menu does not help; the overview lists every project.
_MENU_LENGTH = 30


def chrome(request: HttpRequest) -> dict[str, Any]:
    """The theme for `<html data-theme>`, the project menu (read from the database only if shown), and the tabs."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": User.Theme.SYSTEM, "menu_projects": [], "project_tabs": TABS}

    def menu() -> list[Project]:
        projects = Project.objects.visible_to(user).by_name().only("id", "name", "slug")
        return list(projects[:_MENU_LENGTH])

    return {"theme": user.theme, "menu_projects": SimpleLazyObject(menu), "project_tabs": TABS}
