"""/api/projects/{id}/repositories, and their code mappings"""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues.commits import code_mappings, hosts
from issues.models import CodeMapping, Repository
from issues.releases.refusals import as_problems
from rustrak.lib import keyset
from rustrak.lib.schemas import Input, Listing, Output, Paging, Text, example

router = Router(tags=["releases"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

Name = Annotated[Text, Field(min_length=1, max_length=code_mappings.LONGEST_NAME)]
Url = Annotated[Text, Field(max_length=hosts.LONGEST_URL)]
Root = Annotated[Text, Field(max_length=code_mappings.LONGEST_ROOT)]


class RepositoryPatch(Input):
    """What is left out does not change. `url` is the address for browsers; `kind` says how the host writes its addresses: `github`, `gitlab`,
    `gitea`, `bitbucket`, `bitbucket_dc`, `azure` or `sourcehut`; empty: as the address tells."""

    model_config = example({"url": "https://github.com/acme/shop"})

    name: Name | None = None
    url: Url | None = None
    kind: Text | None = None


class RepositoryIn(Input):
    """As in RepositoryPatch."""

    model_config = example({"name": "acme/shop", "url": "https://github.com/acme/shop", "kind": "github"})

    name: Name
    url: Url = ""
    kind: Text = ""


class CodeMappingIn(Input):
    """Frames whose path begins with `stack_root` are in the repository, at `source_root` and the rest of the path. Links lead to
    `default_branch` where the head commit of the release is not known."""

    model_config = example({"stack_root": "/app/", "source_root": "src/", "default_branch": "main"})

    stack_root: Root = ""
    source_root: Root = ""
    default_branch: Annotated[Text, Field(max_length=code_mappings.LONGEST_BRANCH)] = ""


class CodeMappingOut(Output):
    id: int
    stack_root: str
    source_root: str
    default_branch: str | None

    @classmethod
    def of(cls, mapping: CodeMapping) -> CodeMappingOut:
        return cls(
            id=mapping.pk,
            stack_root=mapping.stack_root,
            source_root=mapping.source_root,
            default_branch=mapping.default_branch or None,
        )


class RepositoryOut(Output):
    id: int
    name: str
    url: str | None
    kind: str | None
    code_mappings: list[CodeMappingOut]

    @classmethod
    def of(cls, repository: Repository) -> RepositoryOut:
        mappings = sorted(repository.code_mappings.all(), key=lambda each: each.pk)
        return cls(
            id=repository.pk,
            name=repository.name,
            url=repository.url or None,
            kind=repository.kind or None,
            code_mappings=[CodeMappingOut.of(each) for each in mappings],
        )


def _rows(project_id: int) -> QuerySet[Repository]:
    return Repository.objects.filter(project=project_id).prefetch_related("code_mappings")


@router.get("/api/projects/{int:project_id}/repositories", response=Listing[RepositoryOut])
def list_repositories(
    request: SignedInRequest, project_id: int, query: Query[Paging]
) -> Listing[RepositoryOut]:
    """List the repositories of the project with their code mappings, by name."""
    project = visible_project(request.user, project_id)
    page = keyset.page(
        _rows(project.pk), ["name", "id"], descending=False, cursor=query.cursor, limit=query.limit
    )
    return Listing[RepositoryOut].of(page, RepositoryOut.of)


@router.post("/api/projects/{int:project_id}/repositories", response={200: RepositoryOut, 201: RepositoryOut})
def create_repository(request: SignedInRequest, project_id: int, body: RepositoryIn) -> Status[RepositoryOut]:
    """Add a repository. One of the same name that is there gets the address and kind, if given: then the answer is 200. Admins of the project only."""
    project = visible_project(request.user, project_id)
    with as_problems():
        repository, is_new = code_mappings.repository_of(project, body.name, body.url, body.kind)
    return Status(201 if is_new else 200, RepositoryOut.of(repository))


@router.patch("/api/projects/{int:project_id}/repositories/{int:repository_id}", response=RepositoryOut)
def change_repository(
    request: SignedInRequest, project_id: int, repository_id: int, body: RepositoryPatch
) -> RepositoryOut:
    """Say what a repository is called, where it is, and of which kind its host is. Admins of the project only."""
    repository = _administered(request, project_id, repository_id)
    with as_problems():
        code_mappings.change_repository(repository, name=body.name, url=body.url, kind=body.kind)
    return RepositoryOut.of(repository)


@router.delete("/api/projects/{int:project_id}/repositories/{int:repository_id}", response={204: None})
def delete_repository(request: SignedInRequest, project_id: int, repository_id: int) -> Status[None]:
    """Forget a repository and its code mappings. Commits stay. Admins of the project only."""
    code_mappings.delete_repository(_administered(request, project_id, repository_id))
    return Status(204, None)


@router.post(
    "/api/projects/{int:project_id}/repositories/{int:repository_id}/code-mappings",
    response={200: CodeMappingOut, 201: CodeMappingOut},
)
def set_code_mapping(
    request: SignedInRequest, project_id: int, repository_id: int, body: CodeMappingIn
) -> Status[CodeMappingOut]:
    """Add a code mapping. One with the same stack root is changed: then the answer is 200. Admins of the project only."""
    repository = _administered(request, project_id, repository_id)
    with as_problems():
        done = code_mappings.set_mapping(repository, body.stack_root, body.source_root, body.default_branch)
        stack_root = code_mappings.root(body.stack_root)
    mapping = CodeMapping.objects.get(repository=repository, stack_root=stack_root)
    return Status(201 if done.status == "created" else 200, CodeMappingOut.of(mapping))


@router.delete(
    "/api/projects/{int:project_id}/repositories/{int:repository_id}/code-mappings/{int:mapping_id}",
    response={204: None},
)
def delete_code_mapping(
    request: SignedInRequest, project_id: int, repository_id: int, mapping_id: int
) -> Status[None]:
    """Forget a code mapping. Admins of the project only."""
    repository = _administered(request, project_id, repository_id)
    if not code_mappings.delete_mapping(repository, mapping_id):
        raise Http404
    return Status(204, None)


def _administered(request: SignedInRequest, project_id: int, repository_id: int) -> Repository:
    """Raises Http404 and PermissionDenied."""
    project = visible_project(request.user, project_id)
    repository = get_object_or_404(_rows(project.pk), pk=repository_id)
    repository.project = project
    return repository
