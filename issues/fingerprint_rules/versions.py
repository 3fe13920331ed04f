"""The versions of a project's fingerprint rules: saved, listed and compared. None is ever changed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Project, User
from issues.models import FingerprintRules
from issues.payload.rules.parsing import lines, parse
from issues.payload.rules.syntax import Mistake

#: The oldest versions beyond these are deleted.
MOST_KEPT = 500


class Invalid(ValueError):
    """The text has mistakes, so it was not saved."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class Changed(ValueError):
    """Somebody else saved a version meanwhile; `version` is the one in use."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"The rules were changed meanwhile: version {version} is in use now. Look at it before you save yours."
        )
        self.version = version


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: `sign` is `+`, `-` or a space."""

    sign: str
    text: str


def in_use(project: Project) -> FingerprintRules | None:
    """The version that is applied to new events; None when there never was one."""
    return of_version(project, project.fingerprint_rules_version)


def of_version(project: Project, version: int) -> FingerprintRules | None:
    """The version with this number; None when there is none, or no more."""
    if not 0 < version < 1 << 31:
        return None
    return (
        FingerprintRules.objects.filter(project=project, version=version).select_related("created_by").first()
    )


def text_of(project: Project) -> str:
    """The text in use; empty when there is none."""
    found = in_use(project)
    return found.text if found else ""


def tidy(text: str) -> str:
    """A text as it is stored: line feeds only, no white space at the ends of lines and of the text. Lines keep their numbers."""
    return "\n".join(line.rstrip() for line in lines(text.replace("\0", ""))).rstrip()


def save(project: Project, text: str, by: User, *, seen: int | None) -> FingerprintRules:
    """Save `text` as the version in use and return it; nothing is saved when it is the same as before. `seen` is the number of the
    version that was changed, 0 for none; None: whichever it is.

    Raises Invalid and Changed.
    """
    text = tidy(text)
    if mistakes := parse(text).mistakes:
        raise Invalid(mistakes)
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        used = locked.fingerprint_rules_version
        if seen is not None and seen != used:
            raise Changed(used)
        before = in_use(locked)
        if before is not None and before.text == text:
            return before
        last = locked.fingerprint_rules.aggregate(last=Max("version"))["last"] or 0
        made = FingerprintRules.objects.create(
            project=locked, version=max(used, last) + 1, text=text, created_by=by
        )
        Project.objects.filter(pk=locked.pk).update(fingerprint_rules_version=made.version)
        locked.fingerprint_rules.filter(version__lte=made.version - MOST_KEPT).delete()
        audit.record(audit.Action.FINGERPRINT_RULES_CHANGE, locked, details={"version": made.version})
    project.fingerprint_rules_version = made.version
    return made


def compared(before: str, after: str) -> list[Line]:
    """What differs between two texts, line by line with three lines around each change; empty when nothing does."""
    found: list[Line] = []
    differing = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=3)
    for line in islice(differing, 2, None):  # after the names of the files
        if line.startswith("@@"):
            if found:
                found.append(Line(" ", "…"))
            continue
        found.append(Line(line[:1], line[1:]))
    return found
