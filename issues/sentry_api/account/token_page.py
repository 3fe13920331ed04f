"""Where `sentry-cli login` and sentry-wizard send people to make a token."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.access import SignedInRequest, signed_in


@signed_in
def token_page(request: SignedInRequest, organization: str = "") -> HttpResponse:
    """To the form for a new token, after they have signed in. sentry-cli writes `:orgslug` for the organization."""
    return redirect(f"{reverse('tokens')}?for=uploads#new")
