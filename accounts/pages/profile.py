"""The profile: what users set for themselves, and their API tokens."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.forms import ProfileForm, TokenForm
from accounts.models import TooManyTokens, User
from accounts.tokens import issuing


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Name, theme and shortcuts."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        User.objects.filter(pk=request.user.pk).update(**form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("profile")
    return _show(request, form, TokenForm())


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def create_token(request: SignedInRequest) -> HttpResponse:
    """Create an API token. Its text is shown in this response only: who opens its address again sees the profile."""
    if request.method != "POST":
        return redirect("profile")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, ProfileForm(instance=request.user), form)
    try:
        _, text = issuing.issue(
            request.user,
            form.cleaned_data["description"],
            form=form.cleaned_data["form"],
            organization=form.cleaned_data["organization"],
        )
    except issuing.BadOrganization as bad:
        form.add_error("organization", str(bad))
        return _show(request, ProfileForm(instance=request.user), form)
    except TooManyTokens as full:
        form.add_error(None, str(full))
        return _show(request, ProfileForm(instance=request.user), form)
    return _show(request, ProfileForm(instance=request.user), TokenForm(), text)


@signed_in
@require_POST
def delete_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    """Delete one of the user's own tokens. `tool` is sent by the setup page of the token's project, which is shown again."""
    token = get_object_or_404(request.user.api_tokens.select_related("project"), pk=token_id)
    issuing.revoke(token)
    messages.success(request, "The token is deleted. Programs that use it no longer have access.")
    if token.project and "tool" in request.POST:
        setup = reverse("source_map_setup", args=[token.project.slug])
        return redirect(f"{setup}?{urlencode({'tool': request.POST['tool'][:40]})}")
    return redirect("profile")


@signed_in
def email(request: SignedInRequest) -> HttpResponse:
    """Replaces allauth's page for several e-mail addresses of one account, which Rustrak does not support."""
    return redirect("profile")


@signed_in
def second_factors(request: SignedInRequest) -> HttpResponse:
    """Replaces allauth's lists of second factors, which are on the page of security."""
    return redirect("security")


def _show(
    request: SignedInRequest, form: ProfileForm, token_form: TokenForm, new_token: str = ""
) -> HttpResponse:
    tokens = request.user.api_tokens.select_related("project").order_by("-id")
    return render(
        request,
        "accounts/profile.html",
        {"form": form, "token_form": token_form, "tokens": tokens, "new_token": new_token},
    )
