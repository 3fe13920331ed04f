"""Limits on sign-ins hold across web workers, and so does the bound on their memory."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lib.live import start

pytestmark = pytest.mark.live


def test_concurrent_guesses_are_limited_to_ten_in_all() -> None:
    with start(WEB_WORKERS="2", DIGEST_WORKERS="0") as server:
        server.create_user("bo@example.org", "correct horse battery staple")

        def guess(number: int) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            body = json.dumps({"email": "bo@example.org", "password": f"guess {number}"})
            connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        with ThreadPoolExecutor(16) as crowd:
            statuses = Counter(crowd.map(guess, range(40)))
    assert statuses == {401: 10, 429: 30}


def test_a_crowd_of_sign_ins_takes_the_memory_of_one_hash_per_worker() -> None:
    with start(WEB_WORKERS="2", DIGEST_WORKERS="0") as server:

        def guess(number: int) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            body = json.dumps({"email": f"u{number}@example.org", "password": "guess"})
            connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
            status = connection.getresponse().status
            connection.close()
            return status

        def most_memory() -> int:
            """The peak of all processes so far, in KiB."""
            peaks = []
            for pid in server.processes():
                # Helpers of the server come and go.
                with suppress(FileNotFoundError, ProcessLookupError):
                    peaks.append(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()))
            return sum(int(peak[1]) for peak in peaks if peak)

        assert guess(0) == 401
        before = most_memory()
        with ThreadPoolExecutor(48) as crowd:
            statuses = Counter(crowd.map(guess, range(1, 49)))
        assert set(statuses) <= {401, 429, 503}
        assert statuses[401] <= 39
        # Each hash of Django's own hasher takes 100 MiB, and there are eight page threads.
        assert most_memory() - before < 250 * 1024
