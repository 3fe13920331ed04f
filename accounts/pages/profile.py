"""The profile: what users set for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.forms import ProfileForm
from accounts.models import User


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Name, theme and shortcuts."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        User.objects.filter(pk=request.user.pk).update(**form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form})


@signed_in
def email(request: SignedInRequest) -> HttpResponse:
    """Replaces allauth's page for several e-mail addresses of one account, which Rustrak does not support."""
    return redirect("profile")


@signed_in
def second_factors(request: SignedInRequest) -> HttpResponse:
    """Replaces allauth's lists of second factors, which are on the page of security."""
    return redirect("security")
