"""The members of a project, people and teams, and the invitations to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations, projects, teams
from accounts.access import Capability, SignedInRequest, may, member
from accounts.forms import MemberForm
from accounts.models import Invitation, Membership, Project
from accounts.navigation import Section
from accounts.pages.invitations import InviteForm, act, shown


@member(reads=Capability.MEMBER_READ, changes=Capability.MEMBER_WRITE, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def members(request: SignedInRequest, project: Project) -> HttpResponse:
    """The people with a role in the project. A POST adds the one with an e-mail address: the answer does not tell whether there is an
    account."""
    form = MemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = projects.add_member(project, form.cleaned_data["email"], form.cleaned_data["role"])
        except (projects.AlreadyMember, projects.TooManyMembers) as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(
                request,
                f"{added.address} is now a member. Without an account, access begins when there is one with this address that is "
                "known to be theirs.",
            )
            return redirect("project_members", slug=project.slug)
    return _show(request, project, form, InviteForm())


@member(reads=Capability.MEMBER_WRITE, changes=Capability.MEMBER_WRITE)
@require_POST
def change_member(request: SignedInRequest, project: Project, membership_id: int) -> HttpResponse:
    """Change a member's role, or remove the member: `action` is `role`, with a `role`, or `remove`."""
    membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    action, role = request.POST.get("action"), request.POST.get("role", "")
    try:
        if action == "remove":
            projects.remove_member(project, membership.pk)
            messages.success(request, f"{membership.address} is no longer a member.")
        elif action == "role" and role in Membership.Role.values:
            projects.set_role(project, membership.pk, role)
            article = "an" if role == Membership.Role.ADMIN else "a"
            messages.success(request, f"{membership.address} is now {article} {role}.")
    except projects.LastProjectAdmin as last:
        messages.error(request, str(last))
    if not Project.objects.visible_to(request.user).filter(pk=project.pk).exists():
        return redirect("home")
    return redirect("project_members", slug=project.slug)


@member(reads=Capability.MEMBER_WRITE, changes=Capability.MEMBER_WRITE, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: SignedInRequest, project: Project) -> HttpResponse:
    """Make a link with which one person joins the project. It is shown in this response only."""
    if request.method != "POST":
        return redirect("project_members", slug=project.slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            made, secret = invitations.create(
                request.user, email=asked["email"], grants={project: asked["role"]}, days=asked["days"]
            )
        except (invitations.BadInvitation, invitations.NotAllowed) as bad:
            form.add_error(None, str(bad))
        else:
            return _show(request, project, MemberForm(), InviteForm(), made, invitations.link(secret))
    return _show(request, project, MemberForm(), form)


@member(reads=Capability.MEMBER_WRITE, changes=Capability.MEMBER_WRITE, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def change_invitation(request: SignedInRequest, project: Project, invitation_id: int) -> HttpResponse:
    """Revoke an invitation to the project, or renew it: the new link is shown in this response only."""
    if request.method != "POST":
        return redirect("project_members", slug=project.slug)
    found = get_object_or_404(
        Invitation.objects.filter(grants__project=project).prefetch_related("grants__project"),
        pk=invitation_id,
    )
    if not invitations.may_manage(request.user, found):
        messages.error(
            request, "This invitation gives more than you can. An admin of the installation manages it."
        )
    elif link := act(request, found, request.user):
        return _show(request, project, MemberForm(), InviteForm(), found, link)
    return redirect("project_members", slug=project.slug)


def _show(
    request: SignedInRequest,
    project: Project,
    form: MemberForm,
    invite_form: InviteForm,
    new: Invitation | None = None,
    link: str = "",
) -> HttpResponse:
    editable = may(request.user, Capability.MEMBER_WRITE, project)
    memberships = sorted(project.memberships.select_related("user"), key=lambda one: one.address)
    context = {
        "project": project,
        "form": form,
        "invite_form": invite_form,
        "memberships": memberships,
        "roles": Membership.Role.choices,
        "team_roles": teams.of_project(project),
        "addable_teams": teams.addable(project, request.user),
        "editable": editable,
        "invitations": invitations.listed(request.user, [project]) if editable else [],
        **shown(new, link),
    }
    return render(request, "projects/members.html", context)
