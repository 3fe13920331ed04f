"""Who may open a view. Every view has exactly one of these decorators; rustrak.checks verifies it at startup.

@public("sign-in must be open")      anyone, with the reason written down
@signed_in                           anyone who is signed in
@member                              view(request, project, …): URL carries `slug`; 404 for non-members
@member(role="admin")                the same for the project's admins; 403 for plain members
@member(section=Section.ISSUES)      the same for a page, which lights that tab (accounts.navigation)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Membership, Project, User
from accounts.navigation import Section

View = TypeVar("View", bound=Callable[..., HttpResponse])


class SignedInRequest(HttpRequest):
    """A request behind @signed_in or @member: its user is signed in. `section` is set by @member."""

    user: User
    section: Section | None


def public(reason: str) -> Callable[[View], View]:
    """Let anyone open the view; `reason` says why that is right."""

    def mark(view: View) -> View:
        view.access = f"public: {reason}"  # type: ignore[attr-defined]
        return view

    return mark


def _behind_sign_in(view: View) -> View:
    """The view for people who are signed in; others sign in first, and come to the page that they wanted or were on."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method in {"GET", "HEAD"}:
            return redirect_to_login(request.get_full_path())
        # The address of a form is no page, so people return to the one that the form is on.
        messages.warning(
            request, "You were no longer signed in, so nothing was changed. Sign in and try again."
        )
        return redirect_to_login(_page_before(request))

    return cast("View", enter)


def _page_before(request: HttpRequest) -> str:
    """The path and query of the page of this installation that made the request, or of the list of projects."""
    page = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return reverse("home")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def signed_in(view: View) -> View:
    """Let every signed-in user open the view; others are sent to the sign-in page and back."""
    guarded = _behind_sign_in(view)
    guarded.access = "signed in"  # type: ignore[attr-defined]
    return guarded


def is_project_admin(user: User, project: Project) -> bool:
    """Whether `user` may change the project itself."""
    return user.is_superuser or project.memberships.filter(user=user, role=Membership.Role.ADMIN).exists()


def administers(user: User, project: Project) -> bool:
    """As `is_project_admin`, for the user of a request: one query, however often a view and its page ask."""
    known: dict[int, bool] = user.__dict__.setdefault("_administers", {})
    if project.pk not in known:
        known[project.pk] = is_project_admin(user, project)
    return known[project.pk]


def _administered(user: User) -> Exists:
    """The condition on a project that the user is one of its admins, in the query that finds it."""
    return Exists(Membership.objects.filter(project=OuterRef("pk"), user=user, role=Membership.Role.ADMIN))


def _remember(user: User, project: Project) -> None:
    """Save `administers` its query."""
    known: dict[int, bool] = user.__dict__.setdefault("_administers", {})
    known[project.pk] = user.is_superuser or bool(getattr(project, "viewer_administers", False))


def _moved(request: HttpRequest, project: Project) -> HttpResponse:
    """To the same page with the project's slug of today. Not for ever: another project may take the old slug."""
    found = request.resolver_match
    if found is None:
        raise Http404
    target = reverse(found.view_name, kwargs={**found.kwargs, "slug": project.slug})
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{target}?{query}" if query else target)


PageView = Callable[..., HttpResponse]


@overload
def member(view: PageView) -> PageView: ...
@overload
def member(*, role: str = ..., section: Section | None = ...) -> Callable[[PageView], PageView]: ...
def member(
    view: PageView | None = None, *, role: str = "member", section: Section | None = None
) -> PageView | Callable[[PageView], PageView]:
    """Let members of the project named by the URL's `slug` open the view, which gets the Project in its place.

    `section` is the tab that the page belongs to; a view without a page of its own has none. A slug that the project had
    before leads to the page with its slug of today.
    """

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def enter(request: SignedInRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            visible = Project.objects.visible_to(request.user).annotate(
                viewer_administers=_administered(request.user)
            )
            project = visible.filter(slug=slug).first() or get_object_or_404(visible.formerly(slug))
            _remember(request.user, project)
            if project.slug != slug and request.method in {"GET", "HEAD"}:
                return _moved(request, project)
            if role == Membership.Role.ADMIN and not administers(request.user, project):
                raise PermissionDenied("Only an admin of this project may do that.")
            request.section = section
            return view(request, project, *args, **kwargs)

        guarded = _behind_sign_in(enter)
        guarded.access = f"member: {role}"  # type: ignore[attr-defined]
        guarded.section = section  # type: ignore[attr-defined]
        return guarded

    return decorate if view is None else decorate(view)
