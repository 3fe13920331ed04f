"""Invitations to the installation: the list of all, and making them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import admins, invitations
from accounts.access import Capability, SignedInRequest, installation
from accounts.models import Invitation, Project, User
from accounts.pages.invitations import InviteForm, act, shown

# Projects that the form offers. An invitation to others is made on their own pages.
MOST_OFFERED = 500


class InstallationInviteForm(InviteForm):
    """An invitation to the installation, and to some of its projects. `by` is offered the roles that they may give."""

    field_order = ("email", "installation_role", "projects", "role", "days")

    installation_role = forms.ChoiceField(label="Role in the installation", initial=User.Role.MEMBER)
    projects = forms.ModelMultipleChoiceField(
        queryset=Project.objects.none(),
        label="Projects",
        help_text="Several with Ctrl or ⌘.",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )

    def __init__(self, by: User, data: Any = None) -> None:
        super().__init__(data)
        self.fields["installation_role"].choices = _roles(by)  # type: ignore[attr-defined]
        offered = Project.objects.visible_to(by).by_name()
        # Chosen ones are looked up by their id, so the field's own query has no limit.
        self.fields["projects"].queryset = offered  # type: ignore[attr-defined]
        self.fields["projects"].choices = list(offered.values_list("pk", "name")[:MOST_OFFERED])  # type: ignore[attr-defined]
        self.fields["role"].label = "Role in these projects"


@installation(reads=Capability.MEMBER_WRITE, changes=Capability.MEMBER_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: SignedInRequest) -> HttpResponse:
    """All invitations. A POST makes a link with which one person joins: it is shown in this response only."""
    form = InstallationInviteForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made, secret = invitations.create(
                request.user,
                email=asked["email"],
                role=asked["installation_role"],
                grants=dict.fromkeys(asked["projects"], asked["role"]),
                days=asked["days"],
            )
        except (invitations.BadInvitation, invitations.NotAllowed) as bad:
            form.add_error(None, str(bad))
        else:
            return _show(request, InstallationInviteForm(request.user), made, invitations.link(secret))
    return _show(request, form)


@installation(reads=Capability.MEMBER_WRITE, changes=Capability.MEMBER_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change_invitation(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Revoke an invitation, or renew it: the new link is shown in this response only."""
    found = get_object_or_404(Invitation.objects.prefetch_related("grants__project"), pk=invitation_id)
    if request.method != "POST":
        return redirect("installation_invite")
    if not invitations.may_manage(request.user, found):
        messages.error(request, "Only an owner may change an invitation that makes somebody an owner.")
    elif link := act(request, found, request.user):
        return _show(request, InstallationInviteForm(request.user), found, link)
    return redirect("installation_invite")


def _roles(by: User) -> list[tuple[str, str]]:
    """The roles that `by` may give."""
    return [
        (value, label) for value, label in User.Role.choices if admins.may_change(by, User.Role.MEMBER, value)
    ]


def _show(
    request: SignedInRequest, form: InstallationInviteForm, new: Invitation | None = None, link: str = ""
) -> HttpResponse:
    context = {"form": form, "invitations": invitations.listed(request.user), **shown(new, link)}
    return render(request, "accounts/inviting.html", context)
