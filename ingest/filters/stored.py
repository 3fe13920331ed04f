"""Loads from the database what projects have decided about their events: filters, fingerprint rules, grouping."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.db.models import F, FilteredRelation, Q

from accounts.models import GroupingMechanism, Project
from ingest.filters.reading import Reading
from ingest.filters.rules import Filters
from issues.payload.rules.matching import RuleSet, compiled
from issues.privacy.policy import DEFAULT, policies_of
from rustrak.lib.database.prepared import Prepared

_FLAGS = ("browser_extensions", "legacy_browsers", "localhost", "web_crawlers")
_TEXTS = ("error_messages", "releases", "blocked_addresses")


def load(project_ids: Iterable[int]) -> dict[int, Reading]:
    """Of those projects that have decided something, by project id. Two queries per batch, so a change takes effect at once."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    found = {}
    policies = policies_of(wanted)
    for key, grouping, artifacts, version, text, *filters in _DECIDED.fetch(list(wanted)):
        is_filtered = any(filters)
        policy = policies[key]
        if text or is_filtered or artifacts or grouping != GroupingMechanism.CLASSIC or policy is not DEFAULT:
            found[key] = Reading(
                filters=_compiled(*filters) if is_filtered else None,
                rules=_rules(text, version) if text else None,
                grouping=grouping,
                artifacts_version=artifacts,
                policy=policy,
            )
    return found


_DECIDED = Prepared(
    lambda projects: (
        Project.objects.filter(pk__in=projects)
        .annotate(
            used=FilteredRelation(
                "fingerprint_rules", condition=Q(fingerprint_rules__version=F("fingerprint_rules_version"))
            )
        )
        .values_list(
            "id",
            "grouping",
            "artifacts_version",
            "used__version",
            "used__text",
            *(f"filters__{name}" for name in (*_FLAGS, *_TEXTS)),
        )
        .order_by()
    )
)


@lru_cache(maxsize=512)
def _compiled(*values: bool | str) -> Filters:
    """Compiled once for equal settings, also of different projects."""
    return Filters.compiled(**dict(zip((*_FLAGS, *_TEXTS), values, strict=True)))  # type: ignore[arg-type]


def _rules(text: str, version: int) -> RuleSet | None:
    found = compiled(text, version)
    return found if found.rules else None
