"""A process with a database of its own, in which two large issues are merged: `python -m tests.bench.merging_worker`."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import django

from tests.bench import digest_worker

BATCH = 500


class Worker(digest_worker.Worker):
    """As the digest's, with two issues of one project."""

    def merge(self, *, events: int) -> dict[str, Any]:
        """Store two issues with so many events each; merge them, undo it, merge them again and split them, while another
        process digests events of both: for how many milliseconds each transaction kept it out, and the seconds until the end."""
        from django.db import transaction

        from issues import merging
        from issues.models import Grouping, Issue

        for name in ("one", "two"):
            for start in range(0, events, BATCH):
                self._store(name, start, min(events, start + BATCH))
        one, two = Issue.objects.order_by("digest_order").values_list("pk", flat=True)[:2]
        grouping = Grouping.objects.get(issue=two).pk
        project = self.project.pk
        found: dict[str, Any] = {}
        with self._busy(project):
            time.sleep(2)
            for name, act in (
                ("merge", lambda: merging.merge(project, one, two, None)),
                ("undo", lambda: merging.undo_merge(project, two, None)),
                ("merge again", lambda: merging.merge(project, one, two, None)),
                ("split", lambda: merging.split(project, grouping, None)),
            ):
                began = time.perf_counter()
                with digest_worker.holds("merges", "splits", "working", "counting") as found[name]:
                    with transaction.atomic():
                        act()
                    found[f"{name} returned"] = (time.perf_counter() - began) * 1000
                    merging.finish(project)
                found[f"{name} finished"] = time.perf_counter() - began
        assert Issue.everything.filter(pk__in=[one, two]).count() == 2
        return found

    def _store(self, name: str, start: int, end: int) -> None:
        """Events of one issue; every second one is of somebody new, half of whom both issues have met."""
        from issues.payload import read
        from issues.record.writer import record
        from rustrak.lib import clock
        from tests.lib.events import dumps, small_event

        batch = []
        for number in range(start, end):
            event = small_event(number)
            person = number // 2 if number % 4 < 2 else f"{name} {number // 2}"
            event |= {"event_id": uuid4().hex, "user": {"id": str(person)}, "fingerprint": [name]}
            batch.append(read.read(dumps(event), event_id=event["event_id"], received_at=clock.now()))
        record(self.project.pk, batch, clock.now())


if __name__ == "__main__":
    django.setup()
    digest_worker.serve(Worker)
