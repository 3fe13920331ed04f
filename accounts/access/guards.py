"""Who may open a page. Every view has exactly one of these decorators; rustrak.checks verifies it at startup.

@public("sign-in must be open")      anyone, with the reason written down
@signed_in                           anyone who is signed in; a change needs `profile:write`, which every role has
@signed_in(changes=…)                pages of several projects: the change is possible in one of them, the view asks in which
@installation(reads=…, changes=…)    what belongs to the installation
@member(reads=…, changes=…)          view(request, project, …): the URL has `slug`. 404 for whom the project is invisible, 403 without the capability
@member(section=Section.ISSUES)      the same for a page, which lights that tab (accounts.navigation)

GET and HEAD need what `reads` says, everything else what `changes` says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, overload
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import roles
from accounts.access.capabilities import Capability
from accounts.models import Project, User
from accounts.navigation import Section

View = TypeVar("View", bound=Callable[..., HttpResponse])
PageView = Callable[..., HttpResponse]

#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedInRequest(HttpRequest):
    """A request behind a guard: its user is signed in, and `capability` is what it needs. `section` is set by @member."""

    user: User
    section: Section | None
    capability: Capability | None


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


def refusal(capability: Capability, project: Project | None) -> PermissionDenied:
    """The exception that says why somebody may not do something that they know of."""
    if project is None:
        return PermissionDenied("Your role in this installation does not allow that.")
    if capability in roles.OF_PROJECT["member"]:
        return PermissionDenied("Your role in this project does not allow that.")
    return PermissionDenied("Only an admin of this project may do that.")


@overload
def signed_in(view: PageView) -> PageView: ...
@overload
def signed_in(
    *, reads: Capability | None = ..., changes: Capability = ...
) -> Callable[[PageView], PageView]: ...
def signed_in(
    view: PageView | None = None,
    *,
    reads: Capability | None = None,
    changes: Capability = Capability.PROFILE_WRITE,
) -> PageView | Callable[[PageView], PageView]:
    """Let signed-in users open the view; others are sent to the sign-in page and back.

    What the view shows or changes of projects it takes from those that the user may see or change: only people who could change none
    are refused here.
    """

    def check(request: SignedInRequest) -> None:
        if request.method in SAFE:
            if reads is not None and not roles.within_reach(request.user, reads):
                raise refusal(reads, None)
        elif not roles.may_somewhere(request.user, changes):
            raise refusal(changes, None)

    def decorate(view: PageView) -> PageView:
        return _guarded(view, check, f"signed in {reads or 'anybody'}/{changes}")

    return decorate if view is None else decorate(view)


def installation(*, reads: Capability, changes: Capability) -> Callable[[PageView], PageView]:
    """Let those open the view whose role in the installation allows it."""

    def check(request: SignedInRequest) -> None:
        needed = reads if request.method in SAFE else changes
        if not roles.may(request.user, needed):
            raise refusal(needed, None)

    def decorate(view: PageView) -> PageView:
        return _guarded(view, check, f"installation {reads}/{changes}")

    return decorate


def _guarded(view: PageView, check: Callable[[SignedInRequest], None], policy: str) -> PageView:
    @wraps(view)
    def enter(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        check(request)
        return view(request, *args, **kwargs)

    guarded = _behind_sign_in(enter)
    guarded.access = policy  # type: ignore[attr-defined]
    return guarded


def _moved(request: HttpRequest, project: Project) -> HttpResponse:
    """To the same page with the project's slug of today. Not for ever: another project may take the old slug."""
    found = request.resolver_match
    if found is None:
        raise Http404
    target = reverse(found.view_name, kwargs={**found.kwargs, "slug": project.slug})
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{target}?{query}" if query else target)


@overload
def member(view: PageView) -> PageView: ...
@overload
def member(
    *, reads: Capability = ..., changes: Capability = ..., section: Section | None = ...
) -> Callable[[PageView], PageView]: ...
def member(
    view: PageView | None = None,
    *,
    reads: Capability = Capability.EVENT_READ,
    changes: Capability = Capability.EVENT_WRITE,
    section: Section | None = None,
) -> PageView | Callable[[PageView], PageView]:
    """Let those open the view whose role in the project named by the URL's `slug` allows it. The view gets the Project in its place.

    `section` is the tab that the page belongs to; a view without a page of its own has none. A slug that the project had
    before leads to the page with its slug of today.
    """

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def enter(request: SignedInRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            visible = roles.with_role(Project.objects.visible_to(request.user), request.user)
            project = visible.filter(slug=slug).first() or get_object_or_404(visible.formerly(slug))
            roles.remember(request.user, project)
            if project.slug != slug and request.method in {"GET", "HEAD"}:
                return _moved(request, project)
            request.capability = reads if request.method in SAFE else changes
            if not roles.may(request.user, request.capability, project):
                raise refusal(request.capability, project)
            request.section = section
            return view(request, project, *args, **kwargs)

        guarded = _behind_sign_in(enter)
        guarded.access = f"project {reads}/{changes}"  # type: ignore[attr-defined]
        guarded.section = section  # type: ignore[attr-defined]
        return guarded

    return decorate if view is None else decorate(view)
