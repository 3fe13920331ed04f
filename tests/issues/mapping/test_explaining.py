from __future__ import annotations

from typing import Any

import pytest

from issues.artifacts import lookup
from issues.artifacts.lookup import ScriptFacts, ScriptFiles
from issues.artifacts.names import Miss
from issues.mapping.events import mapped
from issues.mapping.steps import Explanation
from issues.models import MapFetch
from issues.symbols.answers import Unreadable
from rustrak.lib import clock
from tests.lib.mapping import DEBUG_ID, URL, Uploads, browser_event, found, original

AT = "exception.values.0.stacktrace.frames.0"
NOTHING = ScriptFacts(
    files=None, tried=("~/static/app.js",), with_debug_id=(), releases=(), dists=(), named=(), misses=(),
    artifact_count=0, map_names=(),
)  # fmt: skip


def _explained(
    monkeypatch: pytest.MonkeyPatch, event: dict[str, Any] | None = None, **facts: Any
) -> Explanation:
    values = {name: getattr(NOTHING, name) for name in NOTHING.__dataclass_fields__}
    monkeypatch.setattr(lookup, "facts", lambda project, script: ScriptFacts(**{**values, **facts}))
    done = mapped(1, 1, event or browser_event((1, 10)), explain=True)
    assert done is not None
    return done.explanations[AT]


def _met(why: Explanation) -> list[bool | None]:
    return [step.is_met for step in why.steps]


def test_a_mapped_frame(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    map_ = uploads.add_script(1, {(1, 10): original(1)})
    files = ScriptFiles("debug_id", None, map_)
    why = _explained(monkeypatch, files=files, with_debug_id=(map_,))
    assert why.is_mapped
    assert why.artifact_id == map_.id
    assert _met(why) == [True, True, None, None, None, True, True]


def test_nothing_was_uploaded(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    why = _explained(monkeypatch)
    assert _met(why) == [True, False, True, False, None, None, None]
    assert DEBUG_ID in why.steps[1].says
    assert why.steps[3].fix == "Upload the source maps of this build with “--release shop@2.0.0”."
    assert all(step.fix for step in why.steps if step.is_met is False)


def test_the_event_says_nothing(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    why = _explained(monkeypatch, browser_event((1, 10), release=None, debug_meta=None))
    assert _met(why) == [False, None, False, None, None, None, None]


def test_another_release(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    why = _explained(monkeypatch, releases=("shop@1.9",))
    assert "“shop@1.9”" in why.steps[3].says


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"named": (found(1, "~/static/app.js", release="shop@2.0.0", dist="7"),)}, "another dist: “7”"),
        (
            {"misses": (Miss("~/app.js", ("prefix",), "/static", "/"),)},
            "it differs in the folders before the file (“/” in place of “/static”)",
        ),
        ({}, "No file of the release has a name"),
    ],
)
def test_another_name(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], says: str
) -> None:
    why = _explained(monkeypatch, artifact_count=3, **facts)
    assert _met(why) == [True, False, True, True, False, None, None]
    assert says in why.steps[4].says
    assert why.steps[4].fix


def test_a_script_without_a_map(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    script = found(3, "~/static/app.js", source_map="gone.js.map")
    files = ScriptFiles("release", script, None)
    why = _explained(monkeypatch, files=files, artifact_count=1, map_names=("~/static/gone.js.map",))
    assert _met(why) == [True, False, True, True, True, False, None]
    assert "“gone.js.map”" in why.steps[5].says


def test_positions(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    map_ = uploads.add_script(1, {})
    files = ScriptFiles("debug_id", None, map_)
    assert "nothing for line 1, column 10" in _explained(monkeypatch, files=files).steps[-1].says
    event = browser_event((1, 0))
    assert "no column" in _explained(monkeypatch, event, files=files).steps[-1].says
    uploads.contents[map_.file.sha256] = Unreadable("it is no source map.")
    why = _explained(monkeypatch, browser_event((1, 11)), files=files)
    assert why.steps[-1].says == "The source map cannot be used: it is no source map."


def test_what_a_stranger_writes_is_cut(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    event = browser_event((1, 10), debug_meta=None, release="r" * 5000)
    event["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"] = URL + "x" * 50_000
    why = _explained(monkeypatch, event)
    assert max(len(step.says) + len(step.fix) for step in why.steps) < 1_500


def test_a_file_of_another_build(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    other = found(1, "~/static/app.js", release="shop@2.0.0", debug_id="11111111-2222-5333-8444-555555555555")
    why = _explained(monkeypatch, named=(other,), artifact_count=2)
    (step,) = [step for step in why.steps if step.name == "Name of the file"]
    assert "of another build: its debug id is 11111111-2222-5333-8444-555555555555" in step.says


def test_what_came_of_fetching(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    for ended_at, detail, is_met in (
        (None, "", None),
        (clock.now(), "", True),
        (clock.now(), "It answered 404.", False),
    ):
        why = _explained(monkeypatch, fetch=MapFetch(ended_at=ended_at, detail=detail))
        (step,) = [step for step in why.steps if step.name == "Fetched from the site"]
        assert step.is_met is is_met
        assert detail in step.says
