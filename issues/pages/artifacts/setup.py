"""How to upload to a project: three steps for each build tool, with the project's values; and tokens for the project alone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project, TooManyTokens
from accounts.navigation import Section
from accounts.tokens import issuing
from accounts.tokens.forms import ProjectTokenForm
from accounts.tokens.presets import UPLOADS
from issues.pages.artifacts import setting_up


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def source_map_setup(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `tool`, a key of setting_up.TOOLS."""
    return _page(request, project, ProjectTokenForm())


@member(reads=Capability.PROJECT_READ, changes=Capability.PROFILE_WRITE, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def project_token_create(request: SignedInRequest, project: Project) -> HttpResponse:
    """Create a token of the person for uploads and releases of this project alone. Its text is shown in this response only: who opens its address again
    sees the setup."""
    if request.method != "POST":
        return redirect("source_map_setup", project.slug)
    form = ProjectTokenForm(request.POST)
    if not form.is_valid():
        return _page(request, project, form)
    try:
        _, text = issuing.issue(
            request.user,
            form.cleaned_data["description"],
            form=form.cleaned_data["form"],
            projects=[project],
            capabilities=UPLOADS,
            organization=form.cleaned_data["organization"],
        )
    except issuing.BadOrganization as bad:
        form.add_error("organization", str(bad))
        return _page(request, project, form)
    except (TooManyTokens, issuing.Refused) as full:
        form.add_error(None, str(full))
        return _page(request, project, form)
    return _page(request, project, ProjectTokenForm(), text)


def _page(
    request: SignedInRequest, project: Project, form: ProjectTokenForm, new_token: str = ""
) -> HttpResponse:
    tool = setting_up.tool_of(request.GET.get("tool", ""))
    context = {
        "project": project,
        "current": "setup",
        "form": form,
        "new_token": new_token,
        "tokens": request.user.api_tokens.filter(projects=project)
        .prefetch_related("projects")
        .order_by("-id"),
        "tools": setting_up.TOOLS,
        "tool": tool,
        "steps": [
            (f"code-{number}", step)
            for number, step in enumerate(
                setting_up.filled(tool, url=settings.PUBLIC_URL, project=project.slug)
            )
        ],
        "variable": f"SENTRY_AUTH_TOKEN={new_token or 'the token'}",
    }
    return render(request, "issues/artifacts/setup.html", context)
