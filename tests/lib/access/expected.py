"""What an answer must be. From the tables of docs/access.md, and not from the code that is tested."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.http.response import HttpResponse

from tests.lib.access.addresses import Asked, Policy
from tests.lib.access.people import IN_INSTALLATION, IN_PROJECT

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


class Credential(StrEnum):
    """What somebody asks with. READ_ONLY is bound to the capabilities that read, FOREIGN to another project."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  no password
    READ_ONLY = "read-only token"
    FOREIGN = "token of another project"


class Outcome(StrEnum):
    """Kinds of answers. ALLOWED is each that is none of the others: an empty form is a 400, and that is none of ours."""

    SIGN_IN = "sign in"
    REFUSED = "refused: 403"
    HIDDEN = "hidden: 404"
    EITHER = "403 or 404"
    ALLOWED = "allowed"
    WHATEVER = "whatever"


@cache
def table(heading: str) -> dict[str, frozenset[str]]:
    """By role: the capabilities with a yes in the table below this heading of docs/access.md."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("|")
    ]
    names = {found[1]: row[1:] for row in rows if (found := re.match(r"`([a-z:]+)`", row[0]))}
    return {
        role: frozenset(name for name, cells in names.items() if cells[place] == "yes")
        for place, role in enumerate(rows[0][1:])
    }


def _in_installation(kind: str) -> frozenset[str]:
    """What they may do in every project and outside."""
    role = IN_INSTALLATION.get(kind, "member")
    given = table("In the installation")[role]
    below = table("In a project")["admin"]
    if role == "admin":
        return given | below
    return given | {name for name in below if name.endswith(":read")} if role == "auditor" else given


def _in_shop(kind: str) -> frozenset[str]:
    own = table("In a project")[IN_PROJECT[kind]] if kind in IN_PROJECT else frozenset()
    return own | _in_installation(kind)


def outcome(asked: Asked, policy: Policy, kind: str, credential: Credential) -> Outcome:
    """What comes of it when somebody of this kind asks for that."""
    if policy.scope == "public":
        return Outcome.WHATEVER
    if policy.scope == "gone":
        return Outcome.HIDDEN
    # A page does not know tokens, and nobody who is deactivated is signed in.
    if kind in ("stranger", "deactivated") or (credential != Credential.SESSION and not asked.is_api):
        return Outcome.SIGN_IN
    if policy.scope == "admin":
        return Outcome.WHATEVER if kind == "admin" else Outcome.SIGN_IN
    if policy.scope == "session" and credential != Credential.SESSION:
        return Outcome.REFUSED
    needed = policy.needed(asked.method)
    if credential == Credential.FOREIGN:
        # That there is an installation, and how it is set up for all projects, is no secret from any of them.
        secret = (
            policy.scope in ("project", "thing") or policy.scope == "installation" and needed != "org:read"
        )
        return Outcome.EITHER if secret else Outcome.WHATEVER
    read_only = credential == Credential.READ_ONLY and needed and not needed.endswith(":read")
    return _by_role(asked, policy, kind, needed, bool(read_only))


def _by_role(asked: Asked, policy: Policy, kind: str, needed: str, read_only: bool) -> Outcome:
    sees = kind in IN_PROJECT or kind in IN_INSTALLATION
    if policy.scope in ("project", "thing"):
        if not sees:
            return Outcome.HIDDEN if policy.scope == "project" else Outcome.EITHER
        if needed not in _in_shop(kind) or read_only:
            return Outcome.REFUSED if policy.scope == "project" else Outcome.EITHER
        return Outcome.ALLOWED
    if read_only:
        return Outcome.REFUSED
    if not needed:
        return Outcome.ALLOWED
    if policy.scope == "installation":
        return Outcome.ALLOWED if needed in _in_installation(kind) else Outcome.REFUSED
    # Of several projects: reading shows those that one sees, perhaps none.
    reads_none = asked.method == "GET" and kind != "auditor" and needed in table("In a project")["admin"]
    return Outcome.ALLOWED if reads_none or needed in _in_shop(kind) else Outcome.REFUSED


def came_of(answer: HttpResponse) -> Outcome:
    """What kind of answer it is."""
    status = answer.status_code
    if status == 400 and b"There is no project" in answer.content:
        return Outcome.HIDDEN  # the body names one that is invisible
    if status == 401 or (status == 302 and re.match(r"/(?:accounts|admin)/login/", answer["Location"])):
        return Outcome.SIGN_IN
    return {403: Outcome.REFUSED, 404: Outcome.HIDDEN}.get(status, Outcome.ALLOWED)


def fits(expected: Outcome, found: Outcome) -> bool:
    if expected == Outcome.EITHER:
        return found in (Outcome.REFUSED, Outcome.HIDDEN)
    return expected in (Outcome.WHATEVER, found)
