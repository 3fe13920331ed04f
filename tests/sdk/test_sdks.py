"""Real SDKs, current and old, against a live server: what they send is found as they sent it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lib.api_client import ApiClient
from tests.lib.live import Live
from tests.lib.waiting import wait_for
from tests.sdk.conftest import Send

pytestmark = [pytest.mark.live, pytest.mark.long]
CASES = ("handled", "chained", "message", "context", "unhandled")


@pytest.fixture(
    params=["python_2", "python_1", "python_0", "raven", "node", "node_7", "chromium", "chromium_8"]
)
def sdk(request: pytest.FixtureRequest) -> Send:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def _exceptions(event: dict[str, Any]) -> list[dict[str, Any]]:
    exception = event["data"]["exception"]
    return exception["values"] if isinstance(exception, dict) else exception


def _check(case: str, event: dict[str, Any], *, mechanism: bool) -> None:
    """`mechanism`: whether the SDK says how an exception was caught; raven never did."""
    assert event["release"] == "shop@1.4.2"
    assert event["environment"] == "staging"
    assert event["tags"]["case"] == case
    if case == "message":
        assert event["title"] == "The stock sync was slow: 32.4 s"
        assert event["level"] == "warning"
        return
    assert event["level"] in ("error", "fatal")  # JavaScript calls what ends the program fatal
    last = _exceptions(event)[-1]
    if case != "context":
        assert last["stacktrace"]["frames"]
    if case == "unhandled" and mechanism:
        assert last["mechanism"]["handled"] is False
    elif case == "chained":
        assert "checkout failed" in json.dumps(_exceptions(event))
        assert len(_exceptions(event)) == 2
    elif case == "context":
        assert event["tags"]["shard"] == "eu-1"
        assert event["data"]["user"]["email"] == "dee@example.org"
        assert event["data"]["contexts"]["order"] == {"id": 8812, "lines": 3} | (
            {"type": "order"} if "type" in event["data"]["contexts"]["order"] else {}
        )
        crumbs = event["data"]["breadcrumbs"]
        crumbs = crumbs["values"] if isinstance(crumbs, dict) else crumbs
        assert any(crumb.get("message") == "added a teapot" for crumb in crumbs)


def test_every_case_is_stored_and_shown(
    live: Live, api: ApiClient, sdk: Send, request: pytest.FixtureRequest
) -> None:
    dsn = live.create_project(f"SDK {request.node.name}")
    project_id = int(dsn.rsplit("/", 1)[1])
    sdk(dsn, CASES)
    stored = wait_for(lambda: events if len(events := api.events(project_id)) >= len(CASES) else [])
    assert sorted(event["tags"]["case"] for event in stored) == sorted(CASES)
    for event in stored:
        _check(event["tags"]["case"], event, mechanism="raven" not in request.node.name)
        page = live.page(api, project_id, event)
        assert event["title"].split(":")[0] in page
        assert 'id="grouping"' in page
