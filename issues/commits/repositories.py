"""Where a project's code is: in which repository the file of a frame is, and the addresses of files and commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from issues.commits import hosts
from issues.models import CodeMapping, Repository


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame's file is: in a repository, at this path."""

    repository: Repository
    path: str
    branch: str


class Mappings:
    """The code mappings of a project. The longest stack root that a path begins with decides."""

    def __init__(self, rows: Iterable[CodeMapping]) -> None:
        self._by_root: dict[str, list[CodeMapping]] = {}
        for row in rows:
            self._by_root.setdefault(row.stack_root, []).append(row)
        # An event has up to 1,500 frames, so each is compared with lengths and not with all mappings.
        self._lengths = sorted({len(root) for root in self._by_root}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._by_root)

    def places(self, names: Sequence[str]) -> list[Place]:
        """Where the file of a frame is that has these paths (issues.commits.paths.of_frame): those of all mappings with the longest
        stack root that one of them begins with."""
        forms = list(dict.fromkeys(form for name in names for form in _forms(name)))
        for length in self._lengths:
            for form in forms:
                rows = self._by_root.get(form[:length]) if length or _is_relative(form) else None
                if rows:
                    rest = form[length:]
                    return [
                        Place(row.repository, _joined(row.source_root, rest), row.default_branch)
                        for row in rows
                    ]
        return []


def _forms(name: str) -> list[str]:
    """A path as it was sent, without what means the same folder, and without a query."""
    path = name.replace("\\", "/").partition("?")[0]
    short = path
    while short.startswith("./"):
        short = short[2:]
    return [path, short]


def _is_relative(path: str) -> bool:
    """A mapping without a stack root is of paths that begin in the repository."""
    return not (path.startswith(("/", ".", "<")) or ":" in path)


def _joined(source_root: str, rest: str) -> str:
    """Roots are beginnings of text: `app/` and `src/`. A slash that both have, or a `./` behind them, does not count."""
    if source_root.endswith("/") or not source_root:
        rest = rest.removeprefix("./").lstrip("/")
    return source_root + rest


def link(place: Place, line: int | None, heads: Mapping[str, str]) -> str:
    """The address of a line of the file: at the head commit of its repository (by name, in lower case), else on the default branch.
    Empty where nothing tells."""
    to = place.repository
    commit = heads.get(to.name.lower(), "")
    if not commit and len(heads) == 1 and not hosts.tells(name := next(iter(heads))):
        commit = heads[name]
    return hosts.file_url(to.url, to.kind, place.path, line, commit=commit, branch=place.branch)


class Repositories:
    """The repositories of a project, with `mappings`. One query; none if `rows` are given."""

    def __init__(self, project_id: int, rows: Iterable[Repository] | None = None) -> None:
        mappings: list[CodeMapping] = []
        if rows is None:
            rows, mappings = _read(project_id)
        self.mappings = Mappings(mappings)
        self._known = {each.name.lower(): each for each in rows}
        self._with_url = [each for each in self._known.values() if each.url]

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


def _read(project_id: int) -> tuple[list[Repository], list[CodeMapping]]:
    repositories: dict[int, Repository] = {}
    mappings = []
    rows = Repository.objects.filter(project=project_id).order_by("pk", "code_mappings__pk")
    of_mapping = ("stack_root", "source_root", "default_branch")
    names = ("pk", "name", "url", "kind", *(f"code_mappings__{name}" for name in of_mapping))
    for pk, name, url, kind, *rest in rows.values_list(*names):
        to = repositories.setdefault(
            pk, Repository(pk=pk, project_id=project_id, name=name, url=url, kind=kind)
        )
        if rest[0] is not None:
            mappings.append(CodeMapping(repository=to, **dict(zip(of_mapping, rest, strict=True))))
    return list(repositories.values()), mappings


def heads_of(refs: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Release.refs by repository (in lower case), as `link` takes them."""
    return {str(ref.get("repository", "")).lower(): str(ref.get("commit", "")) for ref in refs or ()}
