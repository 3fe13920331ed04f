"""Stores a project's repositories and code mappings, as people and tools say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import Project
from issues.commits import hosts
from issues.models import CodeMapping, Repository
from issues.releases.rows import BadRelease

#: Of a project.
MOST_MAPPINGS, MOST_REPOSITORIES = 500, 200
LONGEST_ROOT, LONGEST_BRANCH, LONGEST_NAME = 500, 200, 200


class BadMapping(BadRelease):
    """A repository or a code mapping cannot be stored like this: the message says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one mapping of a call: `status` is `created`, `updated` or `error`, `detail` what is wrong."""

    stack_root: str
    source_root: str
    status: str
    detail: str = ""


def bulk_set(
    project: Project, repository: str, default_branch: str, mappings: Sequence[tuple[str, str]]
) -> list[Done]:
    """Create or update code mappings (stack root, source root) of a repository, which is created if it is not there.

    A mapping that cannot be stored is an error in its place; the others are stored. Raises BadMapping where nothing can be."""
    branch = _line("default branch", default_branch, LONGEST_BRANCH)
    done: list[Done] = []
    with transaction.atomic():
        to, _ = repository_of(project, repository)
        own = {each.stack_root: each for each in CodeMapping.objects.filter(project=project, repository=to)}
        left = MOST_MAPPINGS - CodeMapping.objects.filter(project=project).count()
        for stack_root, source_root in mappings:
            try:
                stack, source = root(stack_root), root(source_root, is_source=True)
            except BadMapping as bad:
                done.append(Done(stack_root, source_root, "error", str(bad)))
                continue
            if known := own.get(stack):
                known.source_root, known.default_branch = source, branch
                known.save(update_fields=["source_root", "default_branch"])
                done.append(Done(stack_root, source_root, "updated"))
            elif left <= 0:
                full = f"A project has at most {MOST_MAPPINGS} code mappings."
                done.append(Done(stack_root, source_root, "error", full))
            else:
                left -= 1
                own[stack] = CodeMapping.objects.create(
                    project=project,
                    repository=to,
                    stack_root=stack,
                    source_root=source,
                    default_branch=branch,
                )
                done.append(Done(stack_root, source_root, "created"))
        set_ = [f"{each.stack_root} → {each.source_root}" for each in done if each.status != "error"]
        if set_:
            audit.record(audit.Action.REPOSITORY_CHANGE, to, project=project, details={"mappings": set_})
    return done


def repository_of(project: Project, name: str, url: str = "", kind: str = "") -> tuple[Repository, bool]:
    """The repository of this name, and whether it is new. Its address is guessed from its name if none is given; one that is there gets
    the address and kind that are given. Raises BadMapping."""
    name = _name(name)
    address, kind = _address(url) or hosts.address_in(name), _kind(kind)
    known = Repository.objects.filter(project=project, name=name).first()
    if known:
        # Tools may have named it before anybody said where it is.
        if url.strip() or kind:
            change_repository(known, url=_address(url) or known.url, kind=kind or known.kind)
        return known, False
    if Repository.objects.filter(project=project).count() >= MOST_REPOSITORIES:
        raise BadMapping(f"A project has at most {MOST_REPOSITORIES} repositories.")
    with transaction.atomic():
        found, is_new = Repository.objects.get_or_create(
            project=project, name=name, defaults={"url": address, "kind": kind}
        )
        if is_new:
            audit.record(audit.Action.REPOSITORY_CREATE, found, project=project, details={"url": address})
    return found, is_new


def root(text: str, *, is_source: bool = False) -> str:
    """The beginning of paths, as it is kept. Raises BadMapping."""
    what = "source root" if is_source else "stack root"
    path = _line(what, text.replace("\\", "/"), LONGEST_ROOT)
    if is_source:
        path = path.removeprefix("./").lstrip("/")
        if ".." in path.split("/"):
            raise BadMapping("The source root is a folder of the repository, without “..”.")
    return path


def _line(what: str, text: str, longest: int) -> str:
    text = text.strip()
    if len(text) > longest or not text.isprintable():
        raise BadMapping(f"The {what} is one line of at most {longest} characters.")
    return text


def change_repository(
    repository: Repository, *, name: str | None = None, url: str | None = None, kind: str | None = None
) -> None:
    """Say what a repository is called, where it is, and of which kind its host is. Raises BadMapping."""
    before = {"name": repository.name, "url": repository.url, "kind": repository.kind}
    if name is not None:
        repository.name = _name(name)
        others = Repository.objects.filter(project=repository.project_id, name=repository.name)
        if others.exclude(pk=repository.pk).exists():
            raise BadMapping("This project has a repository of this name already.")
    if url is not None:
        repository.url = _address(url)
    if kind is not None:
        repository.kind = _kind(kind)
    with transaction.atomic():
        repository.save(update_fields=["name", "url", "kind"])
        said = audit.changes(before, {name: getattr(repository, name) for name in before})
        if said:
            audit.record(audit.Action.REPOSITORY_CHANGE, repository, project=repository.project, details=said)


def delete_repository(repository: Repository) -> None:
    """Forget a repository with its code mappings."""
    with transaction.atomic():
        audit.record(audit.Action.REPOSITORY_DELETE, repository, project=repository.project)
        repository.delete()


def delete_mapping(repository: Repository, mapping_id: int) -> bool:
    """Delete a code mapping of the repository. Returns whether it was there."""
    with transaction.atomic():
        found = CodeMapping.objects.filter(repository=repository, pk=mapping_id).first()
        if found is None:
            return False
        found.delete()
        audit.record(
            audit.Action.REPOSITORY_CHANGE,
            repository,
            project=repository.project,
            details={"removed": f"{found.stack_root} → {found.source_root}"},
        )
    return True


def set_mapping(repository: Repository, stack_root: str, source_root: str, default_branch: str) -> Done:
    """Create or update one code mapping. Raises BadMapping."""
    project = repository.project
    done = bulk_set(project, repository.name, default_branch, [(stack_root, source_root)])[0]
    if done.status == "error":
        raise BadMapping(done.detail)
    return done


def _name(text: str) -> str:
    name = _line("name of a repository", text, LONGEST_NAME)
    if not name:
        raise BadMapping("Name the repository, such as acme/shop.")
    return name


def _address(url: str) -> str:
    try:
        return hosts.checked(url)
    except hosts.BadAddress as bad:
        raise BadMapping(str(bad)) from None


def _kind(kind: str) -> str:
    if kind and kind not in hosts.KINDS:
        raise BadMapping(f"The kind of a host is one of {', '.join(hosts.KINDS)}.")
    return kind
