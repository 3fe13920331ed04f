"""The sign-in throttle counts across web workers."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

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
