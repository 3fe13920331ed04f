"""The privacy rules of a project and of the installation, as people read and change them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.forms import model_to_dict

from accounts import audit
from accounts.models import Project
from issues.models import PrivacyRules
from issues.privacy import own, policy
from issues.privacy.addresses import Addresses
from issues.privacy.own import NONE, BadRules, Rules
from rustrak.lib import clock

TEXTS = ("removed_names", "kept_names", "patterns")


class Invalid(ValueError):
    """Rules are wrong and were not saved. `problems` are sentences for people, by the name of the text that they are about."""

    def __init__(self, problems: dict[str, tuple[str, ...]]) -> None:
        super().__init__(" ".join(f"{name}: {said}" for name, each in problems.items() for said in each))
        self.problems = problems


class Changed(ValueError):
    """Somebody else saved meanwhile; `version` is that of the rules in use."""

    def __init__(self, version: int) -> None:
        super().__init__("The privacy rules were changed meanwhile. Look at them before you save yours.")
        self.version = version


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wants the rules to be. `default_rules` is None where a project does as the installation."""

    default_rules: bool | None
    removed_names: str
    kept_names: str
    patterns: str
    addresses: Addresses

    @property
    def rules(self) -> Rules:
        """As a policy takes them."""
        return Rules(
            self.default_rules,
            own.lines(self.removed_names),
            own.lines(self.kept_names),
            own.lines(self.patterns),
            self.addresses,
        )


def row_of(project: Project | None) -> PrivacyRules:
    """The rules of `project`, of the installation for None; an unsaved row of version 0 where nothing was decided."""
    return PrivacyRules.objects.filter(project=project).first() or PrivacyRules(project=project)


def rules_of(project: Project | None) -> Rules:
    """The rules in use, as a policy takes them."""
    row = PrivacyRules.objects.filter(project=project).first()
    return NONE if row is None else policy.rules_of(row)


def checked(given: Given) -> Given:
    """`given` with the texts as they are stored. Raises Invalid."""
    texts: dict[str, str] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for name in TEXTS:
        try:
            texts[name] = own.clean(name, getattr(given, name))
        except BadRules as bad:
            problems[name] = bad.problems
    if problems:
        raise Invalid(problems)
    return Given(given.default_rules, **texts, addresses=given.addresses)


def save(project: Project | None, given: Given, *, seen: int | None) -> PrivacyRules:
    """Save the rules of `project`, of the installation for None. They count from the next batch of the digest on. `seen` is the version
    that was changed; None: whichever it is. Raises Invalid and Changed."""
    given = checked(given)
    with transaction.atomic():
        made, _ = PrivacyRules.objects.get_or_create(project=project)
        row = PrivacyRules.objects.select_for_update().get(pk=made.pk)
        if seen is not None and seen != row.version:
            raise Changed(row.version)
        before = model_to_dict(row)
        row.default_rules = given.default_rules
        row.removed_names, row.kept_names, row.patterns = (
            given.removed_names,
            given.kept_names,
            given.patterns,
        )
        row.addresses = given.addresses
        row.version += 1
        row.updated_at = clock.now()
        row.save()
        if said := audit.changes(
            before, {name: getattr(row, name) for name in ("default_rules", *TEXTS, "addresses")}
        ):
            audit.record(
                audit.Action.PRIVACY_CHANGE, project, name="" if project else "all projects", details=said
            )
    return row
