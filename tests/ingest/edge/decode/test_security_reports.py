from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.decode import json_object, security_reports
from ingest.edge.errors import BadEnvelope


@pytest.mark.parametrize(
    ("report", "title", "directive"),
    [
        ({"effective-directive": "img-src", "blocked-uri": "http://a.example:8080/x.png"}, "Blocked 'image' from 'a.example:8080'", "img-src"),
        ({"violated-directive": "img-src 'self' b.example", "blocked-uri": "data"}, "Blocked 'image' from 'data'", "img-src"),
        ({"effective-directive": "font-src", "blocked-uri": "data:font/woff2;base64,AA"}, "Blocked 'font' from 'data:'", "font-src"),
        ({"effective-directive": "script-src", "blocked-uri": "eval"}, "Blocked unsafe eval() 'script'", "script-src"),
        ({"effective-directive": "script-src-elem", "blocked-uri": "inline"}, "Blocked unsafe inline 'script'", "script-src-elem"),
        ({"effective-directive": "script-src", "blocked-uri": ""}, "Blocked unsafe inline 'script'", "script-src"),
        ({"effective-directive": "style-src-attr", "blocked-uri": "inline"}, "Blocked inline 'style'", "style-src-attr"),
        ({"effective-directive": "connect-src", "blocked-uri": "self", "document-uri": "https://me.example/p"}, "Blocked 'connect' from 'me.example'", "connect-src"),
        ({"effective-directive": "fenced-frame-src", "blocked-uri": "https://x.example"}, "Blocked 'fenced-frame-src' from 'x.example'", "fenced-frame-src"),
        ({"blocked-uri": "http://[broken"}, "Blocked 'unknown' from 'http://[broken'", "unknown"),
    ],
)  # fmt: skip
def test_titles_and_directives(report: dict[str, str], title: str, directive: str) -> None:
    event = json.loads(security_reports.event(report, release="", environment="", user_agent=""))
    assert (event["message"], event["transaction"]) == (title, directive)
    assert "release" not in event


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["effective-directive", "violated-directive", "blocked-uri", "document-uri", "referrer"]


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_any_report_becomes_an_event(report: dict[str, object]) -> None:
    body = json.dumps({"csp-report": report}).encode()
    for found in security_reports.reports(body):
        assert isinstance(found, dict)
        event = json_object.parse(security_reports.event(found, release="r", environment="e", user_agent="u"))
        assert event is not None
        assert event["message"].startswith("Blocked ")


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"csp-report": {"blocked-uri": "x"}}, [{"blocked-uri": "x"}]),
        ({"csp-report": {}}, [{}]),
        ([{"csp-report": {"a": 1}}, {"csp-report": {"a": 2}}], [{"a": 1}, {"a": 2}]),
        ({"violated-directive": "img-src"}, [{"violated-directive": "img-src"}]),
        ([{"type": "csp-violation", "url": "https://a.example/p", "body": {"blockedURL": "x", "statusCode": 200}}], [{"blocked-url": "x", "status-code": 200, "document-url": "https://a.example/p"}]),
        ([{"type": "csp-violation", "body": {"documentURL": "d", "effectiveDirective": "e"}}, {"type": "deprecation", "body": {}}], [{"document-url": "d", "effective-directive": "e"}, None]),
        ({"expect-ct-report": {}}, [None]),
        ({"expect-staple-report": {}}, [None]),
        ({"date-time": "t", "hostname": "h", "known-pins": []}, [None]),
        ([], []),
    ],
)  # fmt: skip
def test_reports(body: object, kept: list[object]) -> None:
    assert security_reports.reports(json.dumps(body).encode()) == kept


@pytest.mark.parametrize("entry", [b"{}", b"7", b"null", b'{"csp-report":7}', b'{"type":"csp-violation"}', b'{"type":7}'])  # fmt: skip
def test_what_is_not_a_report_leaves_the_others(entry: bytes) -> None:
    (found,) = security_reports.reports(entry)
    assert isinstance(found, BadEnvelope)
    first, second, third = security_reports.reports(b'[{"csp-report":{}},%b,{"csp-report":{}}]' % entry)
    assert first == third == {}
    assert isinstance(second, BadEnvelope)


def test_a_body_that_is_not_json_is_refused() -> None:
    with pytest.raises(BadEnvelope):
        security_reports.reports(b"")


@given(st.binary(max_size=50) | json_values.map(lambda value: json.dumps(value).encode()))
def test_other_bodies_raise_nothing_but_bad_envelope(body: bytes) -> None:
    try:
        security_reports.reports(body)
    except BadEnvelope:
        pass


def test_the_event_holds_what_the_browser_sent_once() -> None:
    report = {"effective-directive": "img-src", "blocked-uri": "", "document-uri": "", "referrer": ""}
    event = json.loads(security_reports.event(report, release="", environment="", user_agent=""))
    assert {name: event.get(name) for name in ("event_id", "extra", "request")} == dict.fromkeys(
        ("event_id", "extra", "request")
    )
    assert event["tags"] == {"effective-directive": "img-src"}
    report = {"effective-directive": "img-src", "document-uri": "https://shop.example/"}
    event = json.loads(security_reports.event(report, release="", environment="", user_agent="Firefox"))
    assert event["request"] == {"url": "https://shop.example/", "headers": {"User-Agent": "Firefox"}}
