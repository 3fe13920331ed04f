"""What a project has decided about its events, which the digest must know before it reads them."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import GroupingMechanism
from ingest.filters.rules import Filters
from issues.mapping.batches import BatchMapping
from issues.payload.rules.matching import RuleSet
from issues.privacy.ruleset import DEFAULT, Policy


@dataclass(frozen=True, slots=True)
class Reading:
    """A project's inbound filters and fingerprint rules, None where it has none, and how its usual grouping keys are made
    (accounts.models.GroupingMechanism). `artifacts_version` counts what was uploaded to make events readable; `mapping` does that
    for the batch that is read, where there is anything. `policy` says what is removed from everything that is sent."""

    filters: Filters | None = None
    rules: RuleSet | None = None
    grouping: str = GroupingMechanism.CLASSIC
    artifacts_version: int = 0
    mapping: BatchMapping | None = None
    policy: Policy = DEFAULT


#: Of a project that has decided nothing.
USUAL = Reading()
