from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Project
from issues.mapping import events
from issues.mapping.events import Mapped
from issues.mapping.steps import Explanation, Origin, Step
from issues.models import Artifact
from issues.pages.artifacts.why import MOST_FRAMES, explain
from tests.issues.pages.artifacts.conftest import Uploaded
from tests.issues.pages.conftest import Send, url_of

STEPS = (
    Step("Release", True, "The event has <shop@1>."),
    Step("File", False, "No file fits.", "Upload\u202e it."),
    Step("Map", None, ""),
)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`given(frames, artifact_id)`: an event with so many frames, of which the last is mapped with the artifact."""

    def give(count: int, artifact_id: int | None = None) -> None:
        paths = [f"exception.values.0.stacktrace.frames.{number}" for number in range(count)]
        origins = {
            at: Origin(
                at, {"function": f"f{number}", "abs_path": "https://s/a.js", "lineno": 1}, number == count - 1
            )
            for number, at in enumerate(paths)
        }
        explanations = {
            at: Explanation(
                origins[at].is_mapped is True, STEPS, artifact_id if origins[at].is_mapped else None
            )
            for at in reversed(paths)
        }
        frames = [{"function": "total", "filename": "src/cart.ts", "lineno": 7}] * count
        payload = {"exception": {"values": [{"stacktrace": {"frames": frames}}]}}
        found = Mapped(payload, 1, count, origins=origins, explanations=explanations)
        monkeypatch.setattr(events, "mapped", lambda *args, **options: found)

    return give


def test_the_steps_of_each_frame_are_ticked(
    bo_client: Client, send: Send, uploaded: Uploaded, given: Any
) -> None:
    event = send({"message": "m", "release": "shop@1"})
    uploaded("~/a.js")
    given(2, Artifact.objects.get().pk)
    html = bo_client.get(f"{url_of(event)}mapping/").content.decode()
    assert html.index("f1 in https://s/a.js:1") < html.index("f0 in https://s/a.js:1")
    assert "The event has &lt;shop@1&gt;." in html
    # What to do is said of the frame that is not mapped alone.
    assert html.count("Upload⟨U+202E⟩ it.") == 1
    assert "skipped" in html
    assert html.count("total in src/cart.ts:7") == 1
    assert html.count("Found in") == 1
    assert "~/a.js</bdi>" in html
    # The newest frame that is not mapped is open, or the one that the link names.
    assert '<details class="frame" open id="asked">' in html
    assert html.index("open id=") > html.index("f1 in")
    asked = {"frame": "exception.values.0.stacktrace.frames.1"}
    html = bo_client.get(f"{url_of(event)}mapping/", asked).content.decode()
    assert html.index("open id=") < html.index("f1 in")


def test_many_frames_are_cut_but_not_the_one_that_was_asked_for(shop: Project, given: Any) -> None:
    given(MOST_FRAMES + 5)
    found = explain(shop, {}, "exception.values.0.stacktrace.frames.0")
    assert (len(found.rows), found.more) == (MOST_FRAMES + 1, 4)
    assert found.rows[-1].is_asked
    assert found.rows[0].sent.startswith("f104")


def test_an_event_that_nothing_can_map(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    html = bo_client.get(f"{url_of(event)}mapping/").content.decode()
    assert "No frame can be mapped" in html
