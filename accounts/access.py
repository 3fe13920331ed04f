"""Who may use a view. Every view has exactly one of these decorators; rustrak.checks verifies that at start.

@public("sign-in must be open")      anyone; the reason is required
@signed_in                           anyone who is signed in
@member                              view(request, project, …): the URL contains `slug`; 404 for non-members
@member(role="admin")                the same for the project's admins; 403 for its other members
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, overload

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import Membership, Project, User

View = TypeVar("View", bound=Callable[..., HttpResponse])


class SignedInRequest(HttpRequest):
    """The request of a view with @signed_in or @member, whose user is signed in."""

    user: User


def public(reason: str) -> Callable[[View], View]:
    """Anyone may use the view; `reason` says why that is right."""

    def mark(view: View) -> View:
        view.access = f"public: {reason}"  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    """Anyone who is signed in may use the view. Others are sent to the sign-in page, and back afterwards."""
    guarded = login_required(view)
    guarded.access = "signed in"  # type: ignore[attr-defined]
    return guarded


def is_project_admin(user: User, project: Project) -> bool:
    """Whether `user` may change the project's settings, key and members."""
    return user.is_superuser or project.memberships.filter(user=user, role=Membership.Role.ADMIN).exists()


PageView = Callable[..., HttpResponse]


@overload
def member(view: PageView) -> PageView: ...
@overload
def member(*, role: str) -> Callable[[PageView], PageView]: ...
def member(
    view: PageView | None = None, *, role: str = "member"
) -> PageView | Callable[[PageView], PageView]:
    """Members of the project with the URL's `slug` may use the view, which gets the Project instead of the slug."""

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def check(request: SignedInRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
            if role == Membership.Role.ADMIN and not is_project_admin(request.user, project):
                raise PermissionDenied("Only an admin of this project can do that.")
            return view(request, project, *args, **kwargs)

        guarded = login_required(check)
        guarded.access = f"member: {role}"  # type: ignore[attr-defined]
        return guarded

    return decorate if view is None else decorate(view)
