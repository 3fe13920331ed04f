from __future__ import annotations

from django.test import Client

from issues.pages.artifacts import of_release
from issues.pages.artifacts.why import Explained, FrameRow, StepRow
from tests.issues.pages.artifacts.conftest import Uploaded
from tests.issues.pages.conftest import Send

PAGE = "/projects/shop/releases/files/"
RELEASE = {"release": "shop@2.4.1"}


def test_the_files_of_a_release_are_listed_and_searched(
    bo_client: Client, send: Send, uploaded: Uploaded, django_assert_max_num_queries
) -> None:
    send({"message": "m", **RELEASE})
    html = bo_client.get(PAGE, RELEASE).content.decode()
    assert "Nothing was uploaded for this release." in html
    uploaded("~/static/app.js", "~/static/app.js.map")
    uploaded("~/other.js", release="shop@2")
    uploaded(state="error", detail="Cut.")
    with django_assert_max_num_queries(14):
        html = bo_client.get(PAGE, RELEASE).content.decode()
    assert "~/static/app.js.map" in html
    assert "~/other.js" not in html
    assert "Cut." in html
    html = bo_client.get(PAGE, RELEASE | {"q": ".map"}).content.decode()
    assert html.count("~/static/app.js") == 1
    html = bo_client.get("/projects/shop/releases/one/", RELEASE).content.decode()
    assert "2 files</a>" in html
    assert "1 not stored" in html
    assert bo_client.get(PAGE).status_code == 404


def test_a_url_is_tried(bo_client: Client, monkeypatch) -> None:
    asked = []

    def explained(project, payload) -> Explained:
        asked.append(payload)
        steps = (StepRow("Name of the file", "no", "error", "Nearest: “~/static/app.js”.", "Upload again."),)
        return Explained("", "", [FrameRow("x", False, "", steps, None, True)], 0, can_be_mapped=True)

    monkeypatch.setattr(of_release, "explain", explained)
    tried = {"url": "https://s.example.com/app.js", "line": "3", "column": "7", "dist": "d", "debug_id": "D1"}
    html = bo_client.get(PAGE, RELEASE | tried).content.decode()
    assert "This position is not mapped." in html
    assert "Nearest: “~/static/app.js”." in html
    (payload,) = asked
    assert (payload["release"], payload["dist"]) == ("shop@2.4.1", "d")
    assert payload["debug_meta"]["images"][0]["debug_id"] == "D1"
    (frame,) = payload["exception"]["values"][0]["stacktrace"]["frames"]
    assert (frame["abs_path"], frame["lineno"], frame["colno"]) == ("https://s.example.com/app.js", 3, 7)
    assert "whole number" in bo_client.get(PAGE, RELEASE | tried | {"line": "x"}).content.decode()


def test_a_script_is_tried_without_a_position(bo_client: Client, monkeypatch) -> None:
    """Line 1, column 1 is in the snippet with the debug id, which no map has."""
    met = StepRow("Source map of the script", "yes", "success", "It is there.", "")
    no_id = StepRow("Debug id in the event", "no", "error", "There is none.", "Inject them.")
    position = StepRow("Position in the source map", "no", "error", "The frame has no line.", "")
    rows = [FrameRow("x", False, "", (no_id, met, met, position), None, True)]

    def explained(project, payload) -> Explained:
        assert "lineno" not in payload["exception"]["values"][0]["stacktrace"]["frames"][0]
        return Explained("", "", rows, 0, can_be_mapped=True)

    monkeypatch.setattr(of_release, "explain", explained)
    tried = RELEASE | {"url": "https://s.example.com/app.js", "line": "1"}
    html = bo_client.get(PAGE, tried).content.decode()
    assert "The script and its source map are found." in html
    assert "The frame has no line." not in html
    # Nothing has to be mended.
    assert "Inject them." not in html
    rows[0] = FrameRow("x", False, "", (met, met, position, position), None, True)
    assert "Frames of this script cannot be mapped." in bo_client.get(PAGE, tried).content.decode()
