"""Stores what web processes counted: the outcomes of refused items, and the latest requests to each project."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from accounts import keys
from accounts.models import Project
from ingest.digest.checkpoint import Entry
from ingest.digest.set_aside import set_aside
from ingest.ledger import latest_requests, store, tally
from ingest.ledger.outcomes import LedgerKey
from issues.privacy import addresses
from issues.privacy.addresses import Addresses
from issues.privacy.policy import policies_of
from rustrak.lib import clock

log = logging.getLogger(__name__)


def read(directory: Path, entries: Sequence[Entry]) -> Iterator[tally.ReadTally]:
    """The tallies in `entries`. A record that is not a tally goes into quarantine. Raises OSError."""
    for entry in entries:
        try:
            yield tally.read(entry.record.payload)
        except ValueError as error:
            set_aside(directory, entry, error)


def fan_out(tallies: Sequence[tally.ReadTally]) -> None:
    """Add the counts to each project's ledger and the requests to its latest ones, and note when keys were last used, inside
    the caller's transaction.

    Anybody can name any project in a request, so counts of projects that do not exist are dropped.
    """
    counts: Counter[LedgerKey] = Counter()
    requests: list[tuple[int, tally.AnsweredRequest]] = []
    used: dict[int, datetime] = {}
    now = clock.now()
    for counted, answered, of_keys in tallies:
        for key_id, at in of_keys.items():
            used[key_id] = max(_moment(at, now), used.get(key_id, clock.EARLIEST))
        for key, quantity in counted:
            counts[key] += quantity
        requests += answered
    named = {key.project_id for key in counts} | {project_id for project_id, _ in requests}
    known = _lock(named)
    if named - known:
        log.debug("dropped the counts of %d projects that do not exist", len(named - known))
    store.add({key: quantity for key, quantity in counts.items() if key.project_id in known})
    latest_requests.add(_without_addresses([request for request in requests if request[0] in known]))
    keys.note_use(used)


def _moment(at: float, now: datetime) -> datetime:
    """When a key was used; `now` if a clock was wrong."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment if clock.plausible(moment, now) else now


def _without_addresses(requests: tally.Requests) -> tally.Requests:
    """The requests with the addresses of clients as far as their projects keep them."""
    policies = policies_of(project_id for project_id, _ in requests)
    how = {project_id: policy.addresses for project_id, policy in policies.items()}
    return [
        (project_id, request)
        if how[project_id] is Addresses.KEEP
        else (
            project_id,
            replace(request, remote_addr=addresses.of_client(request.remote_addr, how[project_id]) or ""),
        )
        for project_id, request in requests
    ]


def _lock(project_ids: Iterable[int]) -> set[int]:
    """The projects that exist; none of them can be deleted until the transaction ends."""
    projects = (
        Project.objects.select_for_update(no_key=True)
        .filter(pk__in=project_ids, deleting_at=None)
        .order_by("pk")
    )
    return set(projects.values_list("pk", flat=True))
