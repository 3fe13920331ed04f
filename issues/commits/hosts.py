"""The addresses of commits and files on the hosts of repositories. Pure.

Sources: the pages of the hosts themselves. What is filled in was sent by tools and events, so it is percent-encoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

LONGEST_URL = 1_000


class BadAddress(ValueError):
    """Not the address of a repository. The message is for people."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of host writes its addresses, behind that of the repository. `{ref}` is a commit in `file` and a branch in `branch`."""

    label: str
    example: str
    commit: str
    file: str
    branch: str
    line: str


KINDS: dict[str, Kind] = {
    "github": Kind("GitHub", "https://github.com/acme/shop", "/commit/{ref}", "/blob/{ref}/{path}", "/blob/{ref}/{path}", "#L{line}"),
    "gitlab": Kind(
        "GitLab", "https://gitlab.com/acme/shop", "/-/commit/{ref}", "/-/blob/{ref}/{path}", "/-/blob/{ref}/{path}", "#L{line}"
    ),
    "gitea": Kind(
        "Gitea, Forgejo or Codeberg", "https://codeberg.org/acme/shop", "/commit/{ref}", "/src/commit/{ref}/{path}", "/src/branch/{ref}/{path}",
        "#L{line}",
    ),
    "bitbucket": Kind(
        "Bitbucket Cloud", "https://bitbucket.org/acme/shop", "/commits/{ref}", "/src/{ref}/{path}", "/src/{ref}/{path}", "#lines-{line}"
    ),
    "bitbucket_dc": Kind(
        "Bitbucket Data Center", "https://git.example.com/projects/ACME/repos/shop", "/commits/{ref}", "/browse/{path}?at={ref}",
        "/browse/{path}?at=refs%2Fheads%2F{ref}", "#{line}",
    ),
    "azure": Kind(
        "Azure DevOps", "https://dev.azure.com/acme/web/_git/shop", "/commit/{ref}", "?path=/{path}&version=GC{ref}", "?path=/{path}&version=GB{ref}",
        "&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=1",
    ),
    "sourcehut": Kind("sourcehut", "https://git.sr.ht/~acme/shop", "/commit/{ref}", "/tree/{ref}/item/{path}", "/tree/{ref}/item/{path}", "#L{line}"),
}  # fmt: skip
_HOSTS = {
    "github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "gitea", "gitea.com": "gitea", "bitbucket.org": "bitbucket",
    "dev.azure.com": "azure", "git.sr.ht": "sourcehut",
}  # fmt: skip
# Names that people usually give to their own hosts.
_WORDS = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea"}

_HOST = r"(?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z0-9-]{1,63}"
# `git@github.com:acme/shop.git`, `ssh://git@github.com/acme/shop.git`, `https://github.com/acme/shop.git`, `github.com/acme/shop`
_REMOTE = re.compile(
    rf"(?:(?:(?:https?|ssh|git)://(?:[\w.-]{{1,60}}@)?|[\w.-]{{1,60}}@)(?P<host>{_HOST})(?::[0-9]{{1,5}}(?=/))?[:/]"
    r"|(?P<known>github\.com|gitlab\.com|codeberg\.org|bitbucket\.org)/)"
    r"(?P<path>[\w.~+%/-]{1,200})",
    re.ASCII,
)
_ALLOWED = re.compile(r"[!-;=?-\[\]_a-z~]*")  # printable ASCII without " < > \ ^ ` { | }


def checked(url: str) -> str:
    """The address of a repository for browsers, as it is kept. Raises BadAddress. Empty stays so."""
    url = url.strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = None
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or not _ALLOWED.fullmatch(url)
    ):
        raise BadAddress("The address begins with https:// or http://, such as https://github.com/acme/shop.")
    if len(url) > LONGEST_URL:
        raise BadAddress(f"The address has at most {LONGEST_URL:,} characters.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("The address must not have a user name or password.")
    if parts.query or parts.fragment:
        raise BadAddress("Give the address of the repository itself, without ? and #.")
    return url.removesuffix(".git")


def address_in(name: str) -> str:
    """The address for browsers that the name of a repository tells, such as a Git remote; empty if it tells none."""
    found = _REMOTE.fullmatch(name)
    if not found:
        return ""
    path = found["path"].strip("/").removesuffix(".git")
    try:
        return checked(f"https://{(found['host'] or found['known']).lower()}/{path}") if path else ""
    except BadAddress:
        return ""


def kind_of(url: str, kind: str = "") -> Kind | None:
    """The kind of the host at this address; `kind` is what people said. None if nothing tells."""
    if kind in KINDS:
        return KINDS[kind]
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return None
    if host.endswith(".visualstudio.com"):
        return KINDS["azure"]
    word = next((word for word in _WORDS if word in host.split(".")), "")
    found = _HOSTS.get(host) or _WORDS.get(word)
    return KINDS[found] if found else None


def commit_url(url: str, kind: str, sha: str) -> str:
    """Where a commit is shown; empty where nothing tells."""
    host = kind_of(url, kind)
    return url + host.commit.format(ref=quote(sha, safe="")) if host and url and sha else ""


def file_url(url: str, kind: str, path: str, line: int | None, *, commit: str = "", branch: str = "") -> str:
    """Where a line of a file is shown, at a commit or else on a branch; empty where nothing tells."""
    host = kind_of(url, kind)
    names = path.split("/")
    if not (host and url and path and (commit or branch)) or ".." in names or "." in names:
        return ""
    form, ref = (host.file, quote(commit, safe="")) if commit else (host.branch, quote(branch, safe="/"))
    found = url + form.format(ref=ref, path=quote(path.lstrip("/"), safe="/"))
    return found + (host.line.format(line=line) if line and line > 0 else "")


def tells(repository: str) -> bool:
    """Whether the name of a repository tells which one it is. sentry-cli sends the name of the Git remote, `origin`, where it has no better."""
    return "/" in repository
