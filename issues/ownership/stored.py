"""The versions of a project's ownership rules, and those in use."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import Project, User
from issues.models import OwnershipRules
from issues.ownership.matching import RuleSet
from issues.ownership.owners import Owners
from issues.ownership.syntax import Mistake, parse
from rustrak.lib.sized_cache import SizedCache

#: The oldest versions beyond these are deleted.
MOST_KEPT = 100


class Invalid(ValueError):
    """The text has mistakes, so it was not saved."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class Changed(ValueError):
    """Somebody else saved a version meanwhile. The message is for people."""


def in_use(project: Project) -> OwnershipRules | None:
    """The version that assigns new issues; None for none."""
    return of_version(project, project.ownership_version)


def of_version(project: Project, version: int) -> OwnershipRules | None:
    """The version with this number; None if there is none, or no more."""
    if not 0 < version < 1 << 31:
        return None
    rows = OwnershipRules.objects.filter(project=project, version=version)
    return rows.select_related("created_by").first()


def save(project: Project, text: str, by: User, *, based_on: int | None = None) -> int:
    """Save the text as a new version, which assigns new issues from now on. Returns its number; that of the version in use when the
    text is the same. An empty text means that nobody is assigned by rules.

    `based_on`: the version that the person has seen. Raises Invalid and Changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if "\0" in text:
        raise Invalid([Mistake(1, "The rules cannot have a NUL character.")])
    if mistakes := parse(text).mistakes:
        raise Invalid(mistakes)
    with transaction.atomic():
        locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        current = locked.ownership_version
        if based_on is not None and based_on != current:
            raise Changed("The rules were changed meanwhile. Look at those in use before you save yours.")
        before = of_version(locked, current)
        if text == (before.text if before else ""):
            return current
        rows = OwnershipRules.objects.filter(project=project)
        version = (rows.aggregate(most=Max("version"))["most"] or 0) + 1
        OwnershipRules.objects.create(project=project, version=version, text=text, created_by=by)
        # 0 costs new issues nothing.
        project.ownership_version = version if text else 0
        Project.objects.filter(pk=project.pk).update(ownership_version=project.ownership_version)
        rows.filter(version__lte=version - MOST_KEPT).delete()
        audit.record(audit.Action.OWNERSHIP_CHANGE, locked, details={"version": version})
    return version


def unknown_owners(project: Project, rules: RuleSet) -> list[str]:
    """The names in rules that mean nobody who can see the project, in their order."""
    owners = Owners(project.pk)
    names = dict.fromkeys(name for rule in rules.rules for name in rule.owners)
    return [name for name in names if owners.find(name) is None]


def rules_of(project_id: int, version: int) -> RuleSet | None:
    """The rules of a version, remembered by this process; None for none. One query when they are not."""
    if not version:
        return None
    key = project_id, version
    if (known := _known.get(key)) is not None:
        return known
    text = (
        OwnershipRules.objects.filter(project=project_id, version=version)
        .values_list("text", flat=True)
        .first()
    )
    if text is None:
        return None
    rules = RuleSet(text, version)
    _known.put(key, rules, _REMEMBERED + _OF_TEXT * len(text))
    return rules


# About what compiled rules take, in bytes: for the texts that they remember, and for each character of their own.
_REMEMBERED, _OF_TEXT = 300_000, 20
_known: SizedCache[tuple[int, int], RuleSet] = SizedCache(30_000_000)
