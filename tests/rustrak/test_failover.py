"""A PostgreSQL that becomes read-only, restarts, is replaced, or allows few connections, under a live server.

Events are accepted all the time, and stored within seconds of the database's return. Pages that read work as long as any
server can be read. What cannot be done is a 503, never a 500.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.lib.api_client import ApiClient
from tests.lib.clusters import Cluster, cluster, standby
from tests.lib.live import Live, start
from tests.lib.posting import address_and_key, post
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.long]
PASSWORD = "correct horse battery staple"


class Shop:
    """A project of a live server, an SDK that sends to it, and a person who looks at it."""

    def __init__(self, server: Live, events: Cluster) -> None:
        self.server = server
        self.cluster = events
        self._address, self._key = address_and_key(server.create_project("Shop"))
        server.create_user("ana@example.org", PASSWORD, admin=True)
        self.ana = ApiClient(server.url).sign_in("ana@example.org", PASSWORD)
        self.project = self.ana.get("/api/projects")["items"][0]["id"]
        self.sent = 0
        self._name = server.environment["DATABASE_URL"].rpartition("/")[2]

    def send(self) -> None:
        self.sent += 1
        payload = {"event_id": f"{self.sent:032x}", "message": f"event {self.sent}"}
        assert post(self._address, self._key, ("event", json.dumps(payload))) == 200

    def stored(self, cluster: Cluster | None = None) -> int:
        try:
            at = cluster or self.cluster
            return int(at.execute("SELECT count(*) FROM issues_event", name=self._name)[0][0])
        except Exception:
            return -1

    def status(self, method: str, path: str, body: Any = None) -> int:
        try:
            if method == "GET":
                self.ana.text(path)
            else:
                self.ana.call(method, path, body)
        except HTTPError as error:
            return error.code if error.code != 503 or error.headers["Retry-After"] else 0
        return 200

    def read(self) -> set[int]:
        """What reading pages and the API answers."""
        return {
            self.status("GET", path)
            for path in (
                "/",
                "/projects/shop/issues/",
                "/projects/shop/intake/",
                f"/api/projects/{self.project}/issues",
            )
        }

    def change(self) -> int:
        """What a change answers."""
        return self.status("PATCH", f"/api/projects/{self.project}", {"name": "Shop"})


@contextmanager
def shop(url: str, events: Cluster, **settings: str) -> Iterator[Shop]:
    with start("sqlite", DATABASE_URL=url, WEB_WORKERS="2", **settings) as server:
        made = Shop(server, events)
        made.send()
        assert wait_for(lambda: made.stored() == 1)
        time.sleep(1.5)  # each web process remembers a new key within two seconds
        yield made
        assert "Traceback" not in server.output()


def eventually(condition: Callable[[], bool], seconds: float) -> float:
    begun = time.monotonic()
    assert wait_for(condition, seconds)
    return time.monotonic() - begun


def test_a_server_that_becomes_read_only_and_writable_again() -> None:
    with cluster() as postgres, shop(postgres.url(), postgres) as site:
        for _ in range(4):
            site.read()
        postgres.configure(default_transaction_read_only="on")
        time.sleep(0.5)
        for _ in range(6):
            site.send()
            assert site.read() == {200}
            assert site.change() == 503
            assert site.server.status("/health") == 200
            time.sleep(0.5)
        assert site.stored() == 1
        postgres.configure(default_transaction_read_only="off")
        eventually(lambda: site.stored() == 7, 10)
        assert [site.change() for _ in range(8)] == [200] * 8


def test_a_failover_to_a_standby_that_is_promoted_later() -> None:
    with cluster(wal_level="replica") as primary, standby(primary) as other:
        url = f"postgres://rustrak@127.0.0.1:{primary.port},127.0.0.1:{other.port}/postgres"
        with shop(url, primary) as site:
            for _ in range(4):
                site.read()
            eventually(lambda: site.stored(other) == 1, 10)
            primary.stop()
            eventually(lambda: site.read() == {200}, 10)
            for _ in range(5):
                site.send()
                assert site.change() == 503
            assert site.read() == {200}
            other.promote()
            eventually(lambda: site.stored(other) == 6, 10)
            assert {site.change() for _ in range(8)} == {200}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart(mode: str) -> None:
    with cluster() as postgres, shop(postgres.url(), postgres) as site:
        site.read()
        postgres.stop(mode)
        for _ in range(3):
            begun = time.monotonic()
            site.send()
            assert site.read() == {503}
            assert site.change() == 503
            assert time.monotonic() - begun < 15  # five requests that fail at once, on a busy machine
            assert site.server.status("/health") == 200
        time.sleep(5)
        postgres.start()
        eventually(lambda: site.stored() == 4, 10)
        assert [site.read(), site.change()] == [{200}, 200]


def test_with_few_connections_the_digest_gets_one_and_pages_wait_their_turn() -> None:
    """Five connections, for twelve pages at a time in two processes that could use twelve."""
    with cluster(max_connections=8, superuser_reserved_connections=3) as postgres:
        postgres.execute("CREATE ROLE app LOGIN", "CREATE DATABASE app OWNER app")
        with shop(postgres.url("app", "app"), postgres) as site:
            seen: Counter[int] = Counter()
            visitors = threading.Thread(target=lambda: seen.update(_pages(site, 8)))
            visitors.start()
            time.sleep(2)
            postgres.stop("immediate")  # all connect again, and at once
            postgres.start()
            took = []
            for _ in range(4):
                site.send()
                took.append(eventually(lambda: site.stored() == site.sent, 10))
                time.sleep(0.5)
            visitors.join()
            assert set(seen) <= {200, 503}, seen
            # While the server is down, refusals are quick and many.
            assert seen[200] > seen[503] / 10
            assert site.read() == {200}


def _pages(site: Shop, seconds: float) -> Counter[int]:
    statuses: Counter[int] = Counter()
    until = time.monotonic() + seconds
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in site.ana.jar)

    def visit() -> None:
        while time.monotonic() < until:
            request = urllib.request.Request(
                f"{site.server.url}/projects/shop/issues/", headers={"Cookie": cookies}
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    statuses[answer.status] += 1
            except HTTPError as error:
                statuses[error.code] += 1

    threads = [threading.Thread(target=visit) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses
