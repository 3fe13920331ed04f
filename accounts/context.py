"""What the frame of every page needs: theme, project menu, tabs; and for admins, a proxy that was not declared."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Project, User
from accounts.navigation import TABS
from rustrak.proxies import PEER, is_trusted

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

    return {
        "theme": user.theme,
        "menu_projects": SimpleLazyObject(menu),
        "project_tabs": TABS,
        "undeclared_proxy": _undeclared_proxy(request, user),
    }


def _undeclared_proxy(request: HttpRequest, user: User) -> dict[str, str] | None:
    """The address of a proxy that passed on this request of an admin, and the setting that declares it.

    Only an admin's own request is looked at: with a request of their own, strangers could make anybody look like a
    proxy. Without the setting all people and events seem to come from the proxy, so limits count them as one.
    """
    if not user.is_admin or not ("HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META):
        return None
    peer = str(request.META.get(PEER) or request.META.get("REMOTE_ADDR", ""))
    if is_trusted(peer, settings.TRUSTED_PROXIES):
        return None
    declared = ",".join([*map(str, settings.TRUSTED_PROXIES), peer])
    return {"peer": peer, "setting": f"TRUSTED_PROXIES={declared}"}
