"""The page that creates the first admin, behind the link that `manage.py up` prints."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import bootstrap
from accounts.access import public
from accounts.forms import FirstRunForm


@public("there is no admin yet who could sign in; the token of the link takes the place of a password")
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
@never_cache
def first_run(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the first admin's e-mail and password. 404, with what to do, for a wrong token and once an admin exists."""
    if not bootstrap.opens_setup(token):
        return _gone(request)
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = bootstrap.create_first_admin(form.cleaned_data["email"], form.cleaned_data["password"])
        if user is None:
            return _gone(request)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("project_new")
    return render(request, "accounts/first_run.html", {"form": form})


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/setup_gone.html", {"done": bootstrap.admin_exists()}, status=404)
