"""The settings page of a project's repositories and code mappings."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.commits import code_mappings, hosts
from issues.commits.code_mappings import BadMapping
from issues.models import CodeMapping, Repository
from issues.render.values import line

SIZE = 50


class RepositoryForm(forms.Form):
    """What a repository is called and where it is."""

    name = forms.CharField(
        label="Name",
        max_length=code_mappings.LONGEST_NAME,
        help_text="As tools send it with commits, such as acme/shop.",
    )
    url = forms.CharField(
        label="Address",
        required=False,
        max_length=hosts.LONGEST_URL,
        help_text="For browsers, such as https://github.com/acme/shop. Links to commits and files begin with it.",
    )
    kind = forms.ChoiceField(
        label="Host",
        required=False,
        choices=[("", "As the address tells"), *((kind, host.label) for kind, host in hosts.KINDS.items())],
        help_text="How the host writes the addresses of files and commits. Say it for a host of your own.",
    )


class MappingForm(forms.Form):
    """A code mapping of one repository."""

    stack_root = forms.CharField(
        label="Stack root",
        required=False,
        max_length=code_mappings.LONGEST_ROOT,
        strip=True,
        help_text="How the paths of your frames begin, such as app/ or webpack:///./src/. Empty: any relative path.",
    )
    source_root = forms.CharField(
        label="Source root",
        required=False,
        max_length=code_mappings.LONGEST_ROOT,
        help_text="What stands there in the repository, such as src/. Empty: the root of the repository.",
    )
    default_branch = forms.CharField(
        label="Branch",
        required=False,
        initial="main",
        max_length=code_mappings.LONGEST_BRANCH,
        help_text="Where links lead for releases whose head commit is not known.",
    )


@dataclass(frozen=True)
class Row:
    """A repository as it is listed; `host` is empty where nothing tells how its addresses are written."""

    repository: Repository
    name: str
    url: str
    host: str
    mappings: list[CodeMapping]


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def project_repositories(request: SignedInRequest, project: Project) -> HttpResponse:
    """The repositories and their code mappings, and a form for a new repository. Query string: `page`."""
    form = RepositoryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made, is_new = code_mappings.repository_of(project, data["name"], data["url"], data["kind"])
        except BadMapping as bad:
            form.add_error(None, str(bad))
        else:
            said = (
                "added. Now say where its files are."
                if is_new
                else "was there already. Its address is saved."
            )
            messages.success(request, f"Repository {line(made.name)} {said}")
            return redirect("project_repository", project.slug, made.pk)
    listed = Repository.objects.filter(project=project).order_by("name").prefetch_related("code_mappings")
    page = Paginator(listed, SIZE).get_page(request.GET.get("page"))
    context = {"project": project, "form": form, "rows": [_row(each) for each in page], "page": page}
    return render(request, "issues/commits/repositories.html", context, status=400 if form.errors else 200)


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def project_repository(request: SignedInRequest, project: Project, repository_id: int) -> HttpResponse:
    """One repository. A POST with `remove` forgets it, with `remove_mapping` (a key) one of its code mappings, with `map` it adds or
    changes one; else it changes the repository."""
    repository = get_object_or_404(Repository.objects.filter(project=project), pk=repository_id)
    repository.project = project
    if request.method == "POST" and "remove" in request.POST:
        code_mappings.delete_repository(repository)
        messages.success(
            request, f"Repository {line(repository.name)} removed, with its code mappings. Commits stay."
        )
        return redirect("project_repositories", project.slug)
    if request.method == "POST" and (key := request.POST.get("remove_mapping", "")):
        if key.isascii() and key.isdigit() and len(key) < 19:
            code_mappings.delete_mapping(repository, int(key))
        messages.success(request, "Code mapping removed.")
        return redirect("project_repository", project.slug, repository.pk)
    maps = request.method == "POST" and "map" in request.POST
    form = RepositoryForm(
        request.POST if request.method == "POST" and not maps else None,
        initial={"name": repository.name, "url": repository.url, "kind": repository.kind},
    )
    mapping = MappingForm(request.POST if maps else None)
    said = _saved(repository, form, mapping)
    if said:
        messages.success(request, said)
        return redirect("project_repository", project.slug, repository.pk)
    context = {
        "project": project,
        "form": form,
        "mapping_form": mapping,
        "row": _row(Repository.objects.prefetch_related("code_mappings").get(pk=repository.pk)),
    }
    status = 400 if form.errors or mapping.errors else 200
    return render(request, "issues/commits/repository.html", context, status=status)


def _saved(repository: Repository, form: RepositoryForm, mapping: MappingForm) -> str:
    """What was saved, in a sentence; empty if nothing was, which the forms then say."""
    given = mapping if mapping.is_bound else form
    if not given.is_bound or not given.is_valid():
        return ""
    try:
        if given is form:
            code_mappings.change_repository(repository, **form.cleaned_data)
            return "Saved."
        done = code_mappings.set_mapping(repository, **mapping.cleaned_data)
        return "Code mapping added." if done.status == "created" else "Code mapping changed."
    except BadMapping as bad:
        given.add_error(None, str(bad))
    return ""


def _row(repository: Repository) -> Row:
    host = hosts.kind_of(repository.url, repository.kind)
    return Row(
        repository=repository,
        name=line(repository.name),
        url=line(repository.url, 200),
        host=host.label if host else "",
        mappings=sorted(
            repository.code_mappings.all(), key=lambda each: (-len(each.stack_root), each.stack_root)
        ),
    )
