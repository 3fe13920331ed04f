from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import check_in_url
from ingest.edge.decode.check_in_url import LATEST
from ingest.edge.errors import BadCheckIn, BadEnvelope

RUN = "a1b2c3d4" * 4


def expected(**given: Any) -> dict[str, Any]:
    return {"monitor_slug": "nightly", "check_in_id": LATEST, "status": "ok", **given}


@pytest.mark.parametrize(
    ("query", "body", "found"),
    [
        ("status=ok", b"", expected()),
        ("status=OK&environment=&duration=", b" \n", expected()),
        ("status=in_progress&environment=production", b"", expected(status="in_progress", environment="production")),
        (f"status=error&check_in_id={RUN.upper()}&duration=1.5", b"", expected(status="error", check_in_id=RUN, duration=1.5)),
        ("status=ok&check_in_id=a1b2c3d4-a1b2-c3d4-a1b2-c3d4a1b2c3d4&sentry_key=x", b"", expected(check_in_id=RUN)),
        ("", b'{"status":"ok","monitor_config":{"schedule":{"type":"crontab","value":"0 * * * *"}}}', expected(monitor_config={"schedule": {"type": "crontab", "value": "0 * * * *"}})),
        ("status=error", b'{"status":"ok","duration":3}', expected(duration=3.0)),
        ("", b'{"status":"ok","monitor_slug":"other","environment":7}', expected()),
        ("", b"status=ok&duration=2", expected(duration=2.0)),
        ("environment=a%20b", b"status=ok", expected(environment="a b")),
    ],
)  # fmt: skip
def test_read(query: str, body: bytes, found: dict[str, Any]) -> None:
    assert check_in_url.read("nightly", query.encode(), body) == found


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b""), ("status=", b""), ("status=missed", b""), ("status=timeout", b""), ("", b'{"status":1}'),
        ("status=ok&check_in_id=7", b""), ("", b'{"status":"ok","check_in_id":7}'),
        ("status=ok&duration=-1", b""), ("status=ok&duration=nan", b""), ("status=ok&duration=1e999", b""),
        ("status=ok&duration=soon", b""), ("", b'{"status":"ok","duration":true}'), ("", b'{"status":"ok","duration":[]}'),
        ("status=ok", b"[]"), ("status=ok", b"text"), ("status=ok", b'{"status'), ("&".join(["a=b"] * 100), b""),
    ],
)  # fmt: skip
def test_the_error_names_the_parameter(query: str, body: bytes) -> None:
    with pytest.raises(BadCheckIn) as refused:
        check_in_url.read("nightly", query.encode(), body)
    # Not that of an envelope, for which proxies and SDKs would be to blame.
    assert refused.value.reason == "malformed_check_in"


def test_half_an_emoji_in_the_path() -> None:
    assert check_in_url.read("a\ud83db", b"status=ok", b"")["monitor_slug"] == "a?b"


NAMES = st.sampled_from(["status", "check_in_id", "environment", "duration", "monitor_config", "x"])
WORDS = st.sampled_from(["ok", "error", RUN, "1.5", "production", "\ud83d", "1e5000", "9" * 5000]) | st.text(
    max_size=8
)


@given(
    st.lists(st.tuples(NAMES, WORDS.filter(lambda word: "\ud83d" not in word)), max_size=5).map(urlencode)
    | st.text(max_size=30),
    st.dictionaries(NAMES, WORDS | st.none() | st.integers() | st.floats() | st.lists(WORDS, max_size=2)).map(json.dumps)
    | st.text(max_size=20),
)  # fmt: skip
def test_anything_is_read_or_refused(query: str, body: str) -> None:
    try:
        found = check_in_url.read("m", query.encode("utf-8", "replace"), body.encode("utf-8", "replace"))
    except BadEnvelope:
        return
    assert found["status"] in check_in_url.STATUSES
    assert len(found["check_in_id"]) == 32
    assert found.get("duration", 0) >= 0
    assert found.get("environment", "x").strip()
