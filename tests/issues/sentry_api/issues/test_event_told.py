"""issues/sentry_api/issues/event_told.py"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from issues.models import Event, Issue, Level
from issues.sentry_api.issues.event_told import MOST_FRAMES, event_line, event_out, event_sent
from rustrak.lib import clock, tolerant_json
from tests.lib import hostile_events
from tests.lib.events import python_event
from tests.lib.growth import assert_linear


def event(**columns: Any) -> Event:
    project = Project(pk=1, name="Shop", slug="shop", created_at=clock.now())
    issue = Issue(project=project, digest_order=1, title="E: x", culprit="a in b")
    moments = {"timestamp": clock.now(), "ingested_at": clock.now()}
    values: dict[str, Any] = {"event_id": issue.pk, "level": Level.ERROR, "platform": "python", **moments}
    return Event(project=project, issue=issue, **values | columns)


def entries(payload: dict[str, Any], sent: dict[str, Any] | None = None) -> dict[str, Any]:
    whole = event_out(event(), payload if sent is None else sent, payload)
    return {each["type"]: each["data"] for each in whole["entries"]}


def test_what_an_sdk_sends_is_in_sentrys_entries() -> None:
    payload = python_event(frames=3)
    found = entries(payload)
    assert set(found) == {"exception", "breadcrumbs", "request"}
    [thrown] = found["exception"]["values"]
    assert (thrown["type"], thrown["module"], thrown["rawStacktrace"]) == (
        "PaymentDeclined",
        "shop.payment",
        None,
    )
    frame = thrown["stacktrace"]["frames"][-1]
    sent = payload["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert (frame["filename"], frame["lineNo"], frame["inApp"]) == (
        sent["filename"],
        sent["lineno"],
        sent["in_app"],
    )
    assert [sent["lineno"], sent["context_line"]] in frame["context"]
    assert found["request"]["headers"][0] == ["Host", "shop.example.org"]
    line = event_line(event(release="1.0", environment="prod"), payload)
    assert line["user"]["email"] == "user0@example.org"
    tags = {tag["key"]: tag["value"] for tag in line["tags"]}
    assert (tags["region"], tags["release"], tags["environment"], tags["level"]) == (
        "eu-central",
        "1.0",
        "prod",
        "error",
    )


def test_frames_as_they_were_sent_are_beside_the_readable_ones() -> None:
    sent = {
        "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "a", "lineno": 1}]}}]}
    }
    mapped = {
        "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "pay", "lineno": 7}]}}]}
    }
    [thrown] = entries(mapped, sent)["exception"]["values"]
    assert thrown["stacktrace"]["frames"][0]["function"] == "pay"
    assert thrown["rawStacktrace"]["frames"][0]["function"] == "a"


def test_the_form_of_sdks_has_both_stacks() -> None:
    sent = {"dist": 7, "exception": {"type": "E", "stacktrace": [{"function": "a"}]}, "tags": {"x": 1}}
    mapped = sent | {"exception": [{"type": "E", "stacktrace": {"frames": [{"function": "pay"}]}}]}
    told = event_sent(event(release="1.0"), sent, mapped)
    [thrown] = told["exception"]["values"]
    assert (thrown["stacktrace"], thrown["raw_stacktrace"]) == (
        {"frames": [{"function": "pay"}]},
        {"frames": [{"function": "a"}]},
    )
    assert (told["release"], told["dist"], ["x", "1"] in told["tags"]) == ("1.0", "7", True)
    [thrown] = event_sent(event(), sent, sent)["exception"]["values"]
    assert (thrown["stacktrace"], thrown["raw_stacktrace"]) == ({"frames": [{"function": "a"}]}, None)


def test_an_address_that_the_sdk_left_to_the_server_is_the_one_that_was_seen() -> None:
    payload = {"user": {"id": 3, "ip_address": "{{auto}}"}}
    assert event_line(event(), payload)["user"]["ip_address"] is None
    noted = event(notes=[["user.ip_address", "client_address", "192.0.2.7"]])
    assert event_line(noted, payload)["user"]["ip_address"] == "192.0.2.7"


def test_frames_that_are_too_many_are_said_to_be_omitted() -> None:
    payload = {"stacktrace": {"frames": [{"lineno": number} for number in range(MOST_FRAMES + 5)]}}
    found = entries(payload)["stacktrace"]
    assert (len(found["frames"]), found["framesOmitted"]) == (MOST_FRAMES, [0, 5])


@pytest.mark.parametrize("place", hostile_events.PLACES)
def test_whatever_is_sent_is_answered(place: str) -> None:
    for payload in hostile_events.events(place, 100):
        assert tolerant_json.dumps(event_out(event(), payload, payload))
        assert tolerant_json.dumps(event_sent(event(), payload, payload))


def test_the_time_is_proportional_to_the_size() -> None:
    def payload(size: int) -> dict[str, Any]:
        frames = [{"pre_context": ["x"] * 10, "context_line": "x", "lineno": 1, "vars": {}}] * size
        crumbs = [{"message": "x"}] * size
        return {
            "exception": [{"type": "E", "stacktrace": frames}],
            "breadcrumbs": crumbs,
            "tags": [["a", "b"]] * size,
        }

    assert_linear(payload, lambda sent: event_out(event(), sent, sent), largest=1 << 14)


def test_a_mapped_source_is_named_by_a_url_like_its_script() -> None:
    def event_of(path: str, name: str = "abs_path") -> dict[str, Any]:
        return {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [{name: path}]}}]}}

    def told(script: str, source: str) -> str:
        answer = event_sent(event(), event_of(script, "filename"), event_of(source))
        path: str = answer["exception"]["values"][0]["stacktrace"]["frames"][0]["abs_path"]
        return path

    assert told("https://shop.example/assets/main.js", "../src/a.ts") == "https://shop.example/src/a.ts"
    assert told("https://shop.example/main.js", "webpack://shop/./a.ts") == "webpack://shop/./a.ts"
    assert told("/srv/app/main.js", "../src/a.ts") == "../src/a.ts"
    assert told("http://[shop/main.js", "a.ts") == "http://[shop/main.js"
