"""Loads what is removed from the events of projects. Compiled once for equal rules; a change counts from the next batch on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from issues.models import PrivacyRules
from issues.privacy.addresses import Addresses
from issues.privacy.own import NONE, Rules, lines
from issues.privacy.ruleset import DEFAULT, Policy, policy
from rustrak.lib.database.prepared import Prepared

__all__ = ["DEFAULT", "Policy", "policies_of", "policy_of", "rules_of"]

_INSTALLATION = None


def policy_of(project_id: int) -> Policy:
    """The policy of one project. One query."""
    return policies_of([project_id])[project_id]


def policies_of(project_ids: Iterable[int]) -> dict[int, Policy]:
    """The policies of these projects. One query, so a change takes effect at once."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    found = {row[0]: _rules(*row[1:]) for row in _STORED.fetch(sorted(wanted))}
    if not found:
        return dict.fromkeys(wanted, DEFAULT)
    installation = found.get(_INSTALLATION, NONE)
    return {project: policy(installation, found.get(project, NONE)) for project in wanted}


def rules_of(row: PrivacyRules) -> Rules:
    """The rules of a row, stored or not: with them and `ruleset.policy` changes can be tried out."""
    return _rules(row.default_rules, row.removed_names, row.kept_names, row.patterns, row.addresses)


def _rules(default: bool | None, removed: str, kept: str, patterns: str, addresses: str) -> Rules:
    return Rules(default, lines(removed), lines(kept), lines(patterns), Addresses(addresses))


_STORED = Prepared(
    lambda projects: (
        PrivacyRules.objects.filter(Q(project__in=projects) | Q(project=None))
        .values_list("project_id", "default_rules", "removed_names", "kept_names", "patterns", "addresses")
        .order_by()
    )
)
