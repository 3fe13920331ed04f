"""Workers are replaced while clients are about to send: no connection is dropped without an answer."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.lib.live import Live, start
from tests.lib.waiting import wait_for

pytestmark = pytest.mark.live
RELOADS = 3
WORKERS = 2


def workers(server: Live) -> set[int]:
    return {pid for pid, line in server.processes().items() if "gunicorn: worker" in line}


def reload(server: Live) -> None:
    """Have all workers replaced, and wait for the old ones to be gone."""
    (master,) = (pid for pid, line in server.processes().items() if "gunicorn: master" in line)
    assert wait_for(lambda: len(workers(server)) == WORKERS)
    old = workers(server)
    os.kill(master, signal.SIGHUP)
    assert wait_for(lambda: not workers(server) & old and len(workers(server)) == WORKERS, 20)


def test_a_reload_drops_no_connection(tmp_path: Path) -> None:
    with start("sqlite", RUSTRAK_DATA=str(tmp_path / "data"), WEB_WORKERS=str(WORKERS)) as server:
        failures: list[Exception] = []
        answered = [0] * 8
        done = threading.Event()

        def ask(number: int) -> None:
            while not done.is_set():
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                try:
                    connection.connect()
                    # Half of the clients pause between connecting and sending.
                    time.sleep(0.3 * (number % 2))
                    connection.request("GET", "/health")
                    assert connection.getresponse().status == 200
                    answered[number] += 1
                except (OSError, http.client.HTTPException) as error:
                    failures.append(error)
                finally:
                    connection.close()

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(RELOADS):
                reload(server)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert all(answered)
