"""Rate limits on a real server: many clients, two workers, reloads, kills and restarts, and a real SDK."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request
from uuid import uuid4

import pytest
import sentry_sdk

from tests.lib.api_client import ApiClient
from tests.lib.envelopes import with_python_event
from tests.lib.live import Live, path_of, start, stay_in_one_hour
from tests.lib.waiting import wait_for

pytestmark = pytest.mark.live
LIMIT = 150
PASSWORD = "correct horse battery staple"
EMPTY = ("max_events_per_minute", "retain_days", "retain_events", "noisy_issue_percent")


@pytest.fixture(autouse=True)
def inside_one_hour() -> None:
    stay_in_one_hour()


def crowd(server: Live, dsn: str, clients: int, each: int) -> Counter[int]:
    """The statuses that `clients` clients get, each of which sends `each` events at the same time."""

    def send(_: int) -> Counter[int]:
        found: Counter[int] = Counter()
        for _ in range(each):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("POST", path_of(dsn), with_python_event(uuid4().hex))
            answer = connection.getresponse()
            answer.read()
            found[answer.status] += 1
            if answer.status == 429:
                assert 1 <= int(answer.headers["Retry-After"]) <= 300
            connection.close()
        return found

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(send, range(clients)), Counter())


def find(server: Live, title: str) -> list[int]:
    return [pid for pid, line in server.processes().items() if title in line]


def started(data: Path, **more: str) -> dict[str, str]:
    return {
        "RUSTRAK_DATA": str(data),
        "WEB_WORKERS": "2",
        "MAX_EVENTS_PER_PROJECT_PER_HOUR": str(LIMIT),
        "CREATE_SUPERUSER": f"ana@example.org:{PASSWORD}",
        **more,
    }


def ana(server: Live) -> ApiClient:
    return ApiClient(server.url).sign_in("ana@example.org", PASSWORD)


def test_many_clients_get_exactly_the_limit_across_restarts(tmp_path: Path) -> None:
    with start("sqlite", **started(tmp_path / "data")) as server:
        dsn = server.create_project("Shop")
        assert crowd(server, dsn, 8, 5) == {200: 40}
        (master,) = find(server, "gunicorn: master")
        os.kill(master, signal.SIGHUP)
        assert crowd(server, dsn, 8, 5) == {200: 40}
        workers = find(server, "gunicorn: worker")
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        assert wait_for(lambda: len(set(find(server, "gunicorn: worker")) - set(workers)) == 2)
        assert wait_for(lambda: server.status("/health/ready") == 200)
        assert crowd(server, dsn, 4, 5) == {200: 20}
    port = {"PORT": str(server.port)}
    with start("sqlite", **started(tmp_path / "data", **port)) as server:
        assert crowd(server, dsn, 12, 20) == {200: LIMIT - 100, 429: 240 - (LIMIT - 100)}
        api = ana(server)
        (project,) = api.get("/api/projects")["items"]
        # Everything that was accepted is stored, although the limit is used up.
        assert wait_for(lambda: api.get(f"/api/projects/{project['id']}")["stored_event_count"] == LIMIT)
        page = f"/projects/{project['slug']}/settings/limits/"
        assert "New events are rejected" in api.text(page)
        # A raised limit takes effect within two seconds.
        form = dict.fromkeys(EMPTY, "") | {"max_events_per_hour": str(LIMIT + 5)}
        token = next(cookie.value for cookie in api.jar if cookie.name == "csrftoken")
        saved = Request(
            server.url + page,
            urlencode(form).encode(),
            {
                "X-CSRFToken": str(token),
                "Origin": server.url,
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        with api._opener.open(saved, timeout=15) as answer:
            assert "New events are rejected" not in answer.read().decode()
        time.sleep(2)
        assert crowd(server, dsn, 4, 5) == {200: 5, 429: 15}


def test_a_real_sdk_stops_sending_errors_and_nothing_else(tmp_path: Path) -> None:
    with start(**started(tmp_path / "data", MAX_EVENTS_PER_PROJECT_PER_HOUR="2")) as server:
        dsn = server.create_project("Shop")
        client = sentry_sdk.Client(dsn=dsn, default_integrations=False)
        for number in range(4):
            client.capture_event({"message": f"number {number}"})
            client.flush(timeout=10)
        assert client.transport is not None
        disabled = client.transport._disabled_until
        assert set(disabled) == {"error"}
        client.close()
        api = ana(server)
        project = dsn.rpartition("/")[2]
        stored = lambda: api.get(f"/api/projects/{project}")["stored_event_count"] == 2  # noqa: E731
        assert wait_for(stored)


def test_machines_learn_of_each_others_events(tmp_path: Path) -> None:
    with start("postgres", **started(tmp_path / "one", WEB_WORKERS="1")) as one:
        shared = {"DATABASE_URL": one.environment["DATABASE_URL"], "WEB_WORKERS": "1"}
        with start("sqlite", **started(tmp_path / "two", **shared)) as two:
            dsn = one.create_project("Shop")
            assert crowd(two, dsn, 1, 1) == {200: 1}
            assert crowd(one, dsn, 5, 30) == {200: LIMIT}
            # The digest tells the other machine, within a second where the machine is not busy.
            deadline = time.monotonic() + 20
            statuses: list[int] = []
            while 429 not in statuses and time.monotonic() < deadline:
                statuses += crowd(two, dsn, 1, 1).elements()
                time.sleep(0.3)
            assert 429 in statuses
