"""Where a frame's code is in a repository, and the link to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Project
from issues.commits import hosts
from issues.models import CodeMapping, Release, Repository
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
            known.url, known.kind = _address(url) or known.url, kind or known.kind
            known.save(update_fields=["url", "kind"])
        return known, False
    if Repository.objects.filter(project=project).count() >= MOST_REPOSITORIES:
        raise BadMapping(f"A project has at most {MOST_REPOSITORIES} repositories.")
    return Repository.objects.get_or_create(
        project=project, name=name, defaults={"url": address, "kind": kind}
    )


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame's file is: in a repository, at this path."""

    repository: Repository
    path: str
    branch: str


class Mappings:
    """The code mappings of a project. The longest stack root that a path begins with decides."""

    def __init__(self, rows: Iterable[CodeMapping]) -> None:
        self._rows = sorted(rows, key=lambda row: -len(row.stack_root))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def places(self, names: Sequence[str]) -> list[Place]:
        """Where the file of a frame is that has these paths (issues.commits.paths.of_frame): those of all mappings with the longest
        stack root that one of them begins with."""
        forms = list(dict.fromkeys(form for name in names for form in _forms(name)))
        found: list[Place] = []
        longest = -1
        for row in self._rows:
            if len(row.stack_root) < longest:
                break
            path = next((form for form in forms if _begins(form, row.stack_root)), None)
            if path is not None:
                longest = len(row.stack_root)
                place = Place(row.repository, _joined(row.source_root, path[longest:]), row.default_branch)
                found.append(place)
        return found


def _forms(name: str) -> list[str]:
    """A path as it was sent, without what means the same folder, and without a query."""
    path = name.replace("\\", "/").partition("?")[0]
    short = path
    while short.startswith("./"):
        short = short[2:]
    return [path, short]


def _begins(path: str, stack_root: str) -> bool:
    """A mapping without a stack root is of paths that begin in the repository."""
    if not stack_root:
        return not (path.startswith(("/", ".", "<")) or ":" in path)
    return path.startswith(stack_root)


def _joined(source_root: str, rest: str) -> str:
    """Roots are beginnings of text: `app/` and `src/`. A slash that both have, or a `./` behind them, does not count."""
    if source_root.endswith("/") or not source_root:
        rest = rest.removeprefix("./").lstrip("/")
    return source_root + rest


def of_project(project_id: int) -> Mappings:
    """One query."""
    return Mappings(CodeMapping.objects.filter(project=project_id).select_related("repository"))


def link(place: Place, line: int | None, heads: Mapping[str, str]) -> str:
    """The address of a line of the file: at the head commit of its repository (by name, in lower case), else on the default branch.
    Empty where nothing tells."""
    to = place.repository
    commit = heads.get(to.name.lower(), "")
    if not commit and len(heads) == 1 and not hosts.tells(name := next(iter(heads))):
        commit = heads[name]
    return hosts.file_url(to.url, to.kind, place.path, line, commit=commit, branch=place.branch)


class Repositories:
    """The repositories of a project. One query."""

    def __init__(self, project_id: int) -> None:
        rows = list(Repository.objects.filter(project=project_id))
        self._known = {each.name.lower(): each for each in rows}
        self._with_url = [each for each in rows if each.url]

    def of(self, name: str) -> Repository | None:
        """The repository that a commit names; the only one that has an address, where the name does not tell."""
        known = self._known.get(name.lower())
        if known and known.url:
            return known
        if not hosts.tells(name) and len(self._with_url) == 1:
            return self._with_url[0]
        return known

    def commit_url(self, name: str, sha: str) -> str:
        """Where a commit is shown; empty where nothing tells."""
        to = self.of(name)
        return hosts.commit_url(to.url, to.kind, sha) if to else ""


def heads_of(release: Release | None) -> dict[str, str]:
    """The head commits of a release by repository (in lower case), as `link` takes them."""
    refs = release.refs if release else ()
    return {str(ref.get("repository", "")).lower(): str(ref.get("commit", "")) for ref in refs}


def change_repository(
    repository: Repository, *, name: str | None = None, url: str | None = None, kind: str | None = None
) -> None:
    """Say what a repository is called, where it is, and of which kind its host is. Raises BadMapping."""
    if name is not None:
        repository.name = _name(name)
        others = Repository.objects.filter(project=repository.project_id, name=repository.name)
        if others.exclude(pk=repository.pk).exists():
            raise BadMapping("This project has a repository of this name already.")
    if url is not None:
        repository.url = _address(url)
    if kind is not None:
        repository.kind = _kind(kind)
    repository.save(update_fields=["name", "url", "kind"])


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
