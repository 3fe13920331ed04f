from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import events
from ingest.errors import BadEnvelope


@pytest.mark.parametrize(
    ("report", "title", "directive"),
    [
        ({"effective-directive": "img-src", "blocked-uri": "http://a.example:8080/x.png"}, "Blocked 'image' from 'a.example:8080'", "img-src"),
        ({"violated-directive": "img-src 'self' b.example", "blocked-uri": "data"}, "Blocked 'image' from 'data'", "img-src"),
        ({"effective-directive": "font-src", "blocked-uri": "data:font/woff2;base64,AA"}, "Blocked 'font' from 'data:'", "font-src"),
        ({"effective-directive": "script-src", "blocked-uri": "eval"}, "Blocked unsafe eval() 'script'", "script-src"),
        ({"effective-directive": "style-src-attr", "blocked-uri": "inline"}, "Blocked inline 'style'", "style-src-attr"),
        ({"effective-directive": "connect-src", "blocked-uri": "self", "document-uri": "https://me.example/p"}, "Blocked 'connect' from 'me.example'", "connect-src"),
        ({"effective-directive": "fenced-frame-src", "blocked-uri": "https://x.example"}, "Blocked 'fenced-frame-src' from 'x.example'", "fenced-frame-src"),
        ({"blocked-uri": "http://[broken"}, "Blocked 'unknown' from 'http://[broken'", "unknown"),
    ],
)  # fmt: skip
def test_titles_and_directives(report: dict[str, str], title: str, directive: str) -> None:
    event = json.loads(events.from_report(report, release="", environment="", user_agent=""))
    assert (event["message"], event["transaction"]) == (title, directive)
    assert "release" not in event


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["effective-directive", "violated-directive", "blocked-uri", "document-uri", "referrer"]


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_any_report_becomes_an_event(report: dict[str, object]) -> None:
    body = json.dumps({"csp-report": report}).encode()
    for found in events.reports(body):
        event = events.parse(events.from_report(found, release="r", environment="e", user_agent="u"))
        assert event is not None
        assert event["message"].startswith("Blocked ")


@given(st.binary(max_size=50) | json_values.map(lambda value: json.dumps(value).encode()))
def test_nothing_but_a_refusal_comes_of_other_bodies(body: bytes) -> None:
    try:
        events.reports(body)
    except BadEnvelope:
        pass
    try:
        assert isinstance(events.stored(body, 1000), bytes)
    except BadEnvelope:
        pass
    assert events.parse(body) is None or isinstance(events.parse(body), dict)
