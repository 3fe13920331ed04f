"""One's own API tokens."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.models import Project, TooManyTokens
from accounts.tokens import issuing
from accounts.tokens.forms import TokenForm


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    """The person's tokens; a POST creates one. Its text is shown in that response only. Query string: `for`, `uploads` where
    clients send people who need a token for them."""
    if request.method != "POST":
        return _show(request, TokenForm(request.user, for_uploads=request.GET.get("for") == "uploads"))
    form = TokenForm(request.user, request.POST)
    if not form.is_valid():
        return _show(request, form)
    try:
        _, text = issuing.issue(
            request.user,
            form.cleaned_data["description"],
            form=form.cleaned_data["form"],
            organization=form.cleaned_data["organization"],
            **form.cleaned_data["limits"],
        )
    except issuing.Refused as refused:
        form.add_error(refused.field, str(refused))
        return _show(request, form)
    except TooManyTokens as full:
        form.add_error(None, str(full))
        return _show(request, form)
    return _show(request, TokenForm(request.user), text)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def delete_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes one of the person's own tokens.

    Query string: `project` and `tool`, sent by the page of a project's uploads, which is shown again.
    """
    token = get_object_or_404(request.user.api_tokens, pk=token_id)
    back = _back(request)
    if request.method == "POST":
        issuing.revoke(token)
        messages.success(request, "The token is deleted. Programs that use it no longer have access.")
        return redirect(back)
    return render(request, "accounts/token_delete.html", {"token": token, "back": back})


def _back(request: SignedInRequest) -> str:
    slug, tool = request.GET.get("project", "")[:50], request.GET.get("tool", "")[:40]
    if Project.objects.visible_to(request.user).filter(slug=slug.replace("\0", "")).exists():
        return f"{reverse('source_map_setup', args=[slug])}?{urlencode({'tool': tool})}"
    return reverse("tokens")


def _show(request: SignedInRequest, form: TokenForm, new_token: str = "") -> HttpResponse:
    own = request.user.api_tokens.prefetch_related("projects").order_by("-id")
    context = {"form": form, "tokens": own, "new_token": new_token}
    return render(request, "accounts/tokens.html", context)
