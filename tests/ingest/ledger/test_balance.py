"""Every item sent to a live server has its outcome in the ledger, even if processes are killed and restarted meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from tests.lib import events
from tests.lib.envelopes import an_envelope, an_item
from tests.lib.live import Live, path_of, start
from tests.lib.waiting import wait_for

pytestmark = pytest.mark.live

LIMIT = 4000
THREADS, REQUESTS = 6, 250
Outcomes = Counter[tuple[str, str]]

_REPORT = """
import json
from datetime import timedelta
from accounts.models import Project
from ingest.ledger.summary import summarize
from rustrak.lib import clock
now = clock.now()
project = Project.objects.get(name="Shop")
summary = summarize(project.pk, now - timedelta(hours=1), now + timedelta(minutes=1))
print(json.dumps({"received": summary.received, "unknown": summary.unknown}))
"""
_OUTCOMES = "SELECT category, outcome, sum(quantity) FROM ingest_outcomecount GROUP BY category, outcome"
_REQUESTS = "SELECT count(*) FROM ingest_intakerequest GROUP BY reason = '' ORDER BY reason = ''"
_FILTER = """
from accounts.models import Project
from ingest.models import InboundFilters
InboundFilters.objects.create(project=Project.objects.get(name="Shop"), releases="bad-*")
"""


def envelope(*items: tuple[str, bytes], event_id: str | None = None) -> bytes:
    header = {"event_id": event_id} if event_id else {}
    return an_envelope(*[an_item(*item) for item in items], **header)


def event(**over: object) -> bytes:
    return events.dumps({"message": "x", "platform": "python", **over})


@dataclass
class Sender:
    """Sends one request after another and remembers which outcomes the ledger must have."""

    dsn: str
    port: int
    number: int
    expected: Outcomes = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    unanswered: int = 0
    odd: list[str] = field(default_factory=list)

    def run(self) -> None:
        choose = random.Random(self.number)
        kinds: list[Callable[[], None]] = [
            self.valid, self.valid, self.valid, self.again, self.unreadable, self.filtered, self.several,
            self.malformed, self.no_json, self.too_large, self.wrong_key, self.session, self.client_report,
        ]  # fmt: skip
        for _ in range(REQUESTS):
            choose.choice(kinds)()

    def valid(self, event_id: str | None = None) -> None:
        event_id = event_id or uuid4().hex
        if self.send(envelope(("event", event()), event_id=event_id), 200):
            outcome = "duplicate" if event_id in self.ids else "stored"
            self.ids.add(event_id)
            self.expected.update([("error", "accepted"), ("error", outcome)])

    def again(self) -> None:
        self.valid(next(iter(self.ids), None))

    def unreadable(self) -> None:
        if self.send(envelope(("event", b'{"message":'), event_id=uuid4().hex), 200):
            self.expected.update([("error", "accepted"), ("error", "invalid")])

    def filtered(self) -> None:
        if self.send(envelope(("event", event(release="bad-1")), event_id=uuid4().hex), 200):
            self.expected.update([("error", "accepted"), ("error", "filtered")])

    def several(self) -> None:
        event_id = uuid4().hex
        items = (("event", event()), ("attachment", b"12345"), ("transaction", b"{}"), ("log", b"{}"))
        if self.send(envelope(*items, event_id=event_id), 200):
            self.ids.add(event_id)
            for name in ("error", "attachment"):
                self.expected.update([(name, "accepted"), (name, "stored")])
            self.expected.update([("transaction", "unsupported"), ("log_item", "unsupported")])

    def malformed(self) -> None:
        if self.send(b"nonsense", 400):
            self.expected["default", "malformed"] += 1

    def no_json(self) -> None:
        if self.send(envelope(("event", b"[1]"), event_id=uuid4().hex), 400):
            self.expected["error", "malformed"] += 1

    def too_large(self) -> None:
        if self.send(envelope(("event", event(extra="x" * (9 * LIMIT))), event_id=uuid4().hex), 413):
            self.expected["error", "too_large"] += 1

    def wrong_key(self) -> None:
        if self.send(envelope(("event", event()), event_id=uuid4().hex), 401, key="f" * 32):
            self.expected["default", "unauthenticated"] += 1

    def session(self) -> None:
        body = {
            "sid": uuid4().hex, "init": True, "status": "ok", "started": "2030-01-01T00:00:00Z",
            "attrs": {"release": "shop@1"},
        }  # fmt: skip
        if self.send(envelope(("session", json.dumps(body).encode())), 200):
            self.expected.update([("session", "accepted"), ("session", "stored")])

    def client_report(self) -> None:
        entry = {"reason": "before_send", "category": "error", "quantity": 2}
        if self.send(envelope(("client_report", json.dumps({"discarded_events": [entry]}).encode())), 200):
            self.expected.update([("internal", "accepted"), ("internal", "stored")])
            self.expected["error", "client_discard"] += 2

    def send(self, body: bytes, status: int, key: str | None = None) -> bool:
        """Send a request. Returns whether it was answered with `status`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path_of(self.dsn, key=key), body)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.unanswered += 1
            self.odd.append(repr(error))
            return False
        finally:
            connection.close()
        if response.status != status:
            self.odd.append(f"{response.status} {text[:200]!r}")
        return response.status == status


def find(live: Live, title: str) -> int:
    """Wait for a process with this title and return its id."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := [pid for pid, name in live.processes().items() if title in name]:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"no {title}: {live.processes()}")


def ledger(live: Live) -> Outcomes:
    """The sums in the ledger."""
    return Counter({(category, outcome): int(total) for category, outcome, total in live.rows(_OUTCOMES)})


def trouble(live: Live, over: threading.Event) -> None:
    """Kill a digest and restart the web workers in turn until `over` is set."""
    while not over.wait(0.7):
        os.kill(find(live, "rustrak: digest"), signal.SIGKILL)
        if over.wait(0.7):
            return
        os.kill(find(live, "gunicorn: master"), signal.SIGHUP)


def test_the_sum_of_outcomes_is_what_was_received() -> None:
    with start(WEB_WORKERS="2", DIGEST_WORKERS="2", MAX_EVENT_BYTES=str(LIMIT)) as live:
        dsn = live.create_project("Shop")
        live.manage("shell", "-c", _FILTER)
        senders = [Sender(dsn, live.port, number) for number in range(THREADS)]
        threads = [threading.Thread(target=sender.run) for sender in senders]
        over = threading.Event()
        troubled = threading.Thread(target=trouble, args=(live, over))
        for thread in [*threads, troubled]:
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        troubled.join()
        expected: Outcomes = sum((sender.expected for sender in senders), Counter())
        wait_for(lambda: ledger(live) == expected, seconds=30)
        found = ledger(live)
        report = json.loads(live.manage("shell", "-v0", "-c", _REPORT))
        stored = [UUID(str(event_id)).hex for (event_id,) in live.rows("SELECT event_id FROM issues_event")]
        requests = [count for (count,) in live.rows(_REQUESTS)]
        log = live.output()
    assert [odd for sender in senders for odd in sender.odd] == [], log[-3000:]
    assert found == expected, log[-3000:]
    assert report["unknown"] == 0
    decided = sum(n for (_, outcome), n in expected.items() if outcome not in ("accepted", "client_discard"))
    assert report["received"] == decided
    assert set(stored) == set().union(*(sender.ids for sender in senders))
    assert len(stored) == expected["error", "stored"]
    assert requests == [50, 50]
