"""Loads the filters of projects from the database."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ingest.filters.rules import Filters
from ingest.models import InboundFilters

_FLAGS = ("browser_extensions", "legacy_browsers", "localhost", "web_crawlers")
_TEXTS = ("error_messages", "releases", "blocked_addresses")


def load(project_ids: Iterable[int]) -> dict[int, Filters]:
    """The filters of those projects that have any, by project id. One query per batch, so a change takes effect at once."""
    wanted = set(project_ids)
    if not wanted:
        return {}
    rows = InboundFilters.objects.filter(project_id__in=wanted).values_list("project_id", *_FLAGS, *_TEXTS)
    return {row[0]: _compiled(*row[1:]) for row in rows if any(row[1:])}


@lru_cache(maxsize=512)
def _compiled(*values: bool | str) -> Filters:
    """Compiled once for equal settings, also of different projects."""
    return Filters.compiled(**dict(zip((*_FLAGS, *_TEXTS), values, strict=True)))  # type: ignore[arg-type]
