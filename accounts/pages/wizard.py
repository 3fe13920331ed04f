"""The page that sentry-wizard opens: whether the wizard may have a token."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.models import Project, TooManyTokens
from accounts.tokens import wizard as tokens


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def wizard(request: SignedInRequest, code: str) -> HttpResponse:
    """Query string: `project_slug`, the project that the wizard was started for. Form: `project`, the slug of the one that it gets."""
    projects = list(Project.objects.visible_to(request.user).order_by("name", "pk"))
    context: dict[str, object] = {
        "projects": projects,
        "chosen": request.POST.get("project") or request.GET.get("project_slug", ""),
    }
    status = 200
    try:
        tokens.check(code)
        if request.method == "POST":
            chosen = next((each for each in projects if each.slug == context["chosen"]), None)
            if chosen is None:
                context["problem"] = "Choose one of your projects."
            else:
                tokens.agree(request.user, chosen, code)
                context["agreed"] = chosen
    except tokens.BadCode as bad:
        context["gone"], status = str(bad), 404
    except (tokens.AlreadyAgreed, TooManyTokens) as refused:
        context["problem"] = str(refused)
    return render(request, "accounts/wizard.html", context, status=status)
