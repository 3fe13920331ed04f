"""Counts what became of one project's part of a batch, for the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ingest.digest.client_reports import Discard
from ingest.item_types import category
from ingest.ledger.outcomes import LedgerKey, Outcome
from ingest.spool import Record
from issues.record.items import ItemOutcome, Results

_OUTCOMES = {outcome: Outcome(outcome) for outcome in ItemOutcome}


class Counts:
    """How many accepted records had which outcome, and what client reports say."""

    def __init__(self) -> None:
        # By (minute, kind, outcome, reason); the minute is a float until `rows` makes it a key of the ledger.
        self._outcomes: dict[tuple[float, str, Outcome, str], int] = {}
        self._discards: Counter[tuple[float, str, str]] = Counter()

    def add(self, record: Record, outcome: Outcome, reason: str = "") -> None:
        """Count one accepted record."""
        key = (record.received_at // 60, record.kind, outcome, reason)
        self._outcomes[key] = self._outcomes.get(key, 0) + 1

    def spread(self, records: Sequence[Record], results: Results) -> None:
        """Count `records` with `results`, of which there are as many.

        Which record had which result is not known: within a batch any assignment gives the right sums.
        """
        for record, (outcome, reason) in zip(records, results.elements(), strict=True):
            self.add(record, _OUTCOMES[outcome], reason)

    def add_discard(self, record: Record, discard: Discard) -> None:
        """Count items that an SDK dropped before sending, as its client report `record` says."""
        self._discards[record.received_at // 60, discard.category, discard.reason] += discard.quantity

    def accepted(self, kind: str) -> int:
        """How many records of a kind were counted."""
        return sum(quantity for (_, of, _, _), quantity in self._outcomes.items() if of == kind)

    def rows(self, project_id: int) -> dict[LedgerKey, int]:
        """The counts for the ledger: each record as ACCEPTED and with its outcome."""
        rows: Counter[LedgerKey] = Counter()
        for (minute, kind, outcome, reason), quantity in self._outcomes.items():
            name = category(kind)
            rows[LedgerKey(project_id, int(minute), name, Outcome.ACCEPTED)] += quantity
            rows[LedgerKey(project_id, int(minute), name, outcome, reason[:64])] += quantity
        for (minute, name, reason), quantity in self._discards.items():
            rows[LedgerKey(project_id, int(minute), name, Outcome.CLIENT_DISCARD, reason)] += quantity
        return rows
