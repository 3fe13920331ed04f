"""A process with a database of its own, whose digest maps events: `python -m tests.bench.mapping_worker`. See tests.bench.mapping."""

from __future__ import annotations

import json
import random
import resource
import time
from itertools import count
from typing import Any
from uuid import uuid4

import django

from tests.bench import digest_worker

URL, DEBUG_ID = "https://shop.example.com/static/app-3f2a91c0.js", "3384c6a0-2b8e-52a8-969f-ea4ecab83fe3"
FRAMES = 10
_serial = count()


class Worker(digest_worker.Worker):
    """With a script of `size` bytes, whose map is uploaded later."""

    def upload(self, *, size: int) -> dict[str, float]:
        """Upload the script's map."""
        from tests.lib import artifacts

        map_ = artifacts.large_map(size)
        artifacts.stored_build(
            self.project, artifacts.Built(b"", map_, {}), "~/static/app-3f2a91c0.js", debug_id=DEBUG_ID
        )
        return {"bytes": len(map_)}

    def mapped(self, *, events: int, batch: int, positions: int) -> dict[str, float]:
        """Digest events of ten frames, each at one of so many positions, in batches. Returns seconds of wall clock and of CPU."""
        from ingest import spool
        from ingest.digest import loop

        for start in range(0, events, batch):
            some = [self._event(positions) for _ in range(min(batch, events - start))]
            spool.write_sealed(self.spool, some, fsync=False)
        loop.BATCH_RECORDS = batch
        wall, mine = time.perf_counter(), time.process_time()
        # Less where the turn of the project ended between two records.
        loop.drain(self.spool)
        return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - mine}

    def culprit(self) -> dict[str, Any]:
        """The culprit of the latest issue, and the process's peak of memory in MiB."""
        from issues.models import Issue

        newest = Issue.objects.order_by("-digest_order").first()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"culprit": newest.culprit if newest else "", "memory": memory}

    def _event(self, positions: int) -> Any:
        from ingest.spool import Record

        number = next(_serial)
        rng = random.Random(number % positions)
        frames = [
            {
                "filename": URL,
                "function": "e",
                "in_app": True,
                "lineno": 1 + rng.randrange(200),
                "colno": 10 + rng.randrange(20_000),
            }
            for _ in range(FRAMES)
        ]
        event = {
            "platform": "javascript",
            "release": "shop@2.0.0",
            "timestamp": time.time(),
            "exception": {
                "values": [
                    {"type": f"Error{number % 50}", "value": "too few", "stacktrace": {"frames": frames}}
                ]
            },
            "request": {"url": "https://shop.example.com/", "headers": {"User-Agent": "Mozilla/5.0"}},
            "debug_meta": {"images": [{"type": "sourcemap", "code_file": URL, "debug_id": DEBUG_ID}]},
        }
        return Record(
            "event", self.project.pk, uuid4().hex, time.time(), "192.0.2.1", None, json.dumps(event).encode()
        )


if __name__ == "__main__":
    django.setup()
    digest_worker.serve(Worker)
