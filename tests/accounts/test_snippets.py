from __future__ import annotations

import json

import pytest

from accounts.snippets import Snippet, choose, snippets

DSN = "https://0123456789abcdef0123456789abcdef@errors.example.org:8443/rustrak/42"
ALL = snippets(DSN)
WANTED = "Python Django Flask FastAPI Node Browser React Next Vue PHP Laravel Ruby Rails Go Java .NET Rust Flutter curl"


@pytest.mark.parametrize("snippet", ALL, ids=lambda snippet: snippet.platform)
def test_each_has_the_dsn_and_a_test_event(snippet: Snippet) -> None:
    assert DSN in snippet.init + snippet.test
    assert snippet.test.strip()
    assert snippet.name
    assert bool(snippet.init) == bool(snippet.where)


def test_platforms_are_different() -> None:
    assert len({snippet.platform for snippet in ALL}) == len({snippet.name for snippet in ALL}) == len(ALL)
    names = " ".join(snippet.name for snippet in ALL)
    for wanted in WANTED.split():
        assert wanted in names


@pytest.mark.parametrize("platform", ["python", "django", "flask", "fastapi"])
def test_python_is_python(platform: str) -> None:
    snippet = choose(ALL, platform)
    compile(snippet.init + snippet.test, platform, "exec")


def test_the_first_known_platform_is_chosen() -> None:
    assert choose(ALL, "", "nonsense", "go").platform == "go"
    assert choose(ALL, "", "").platform == "python"


def test_curl_sends_an_envelope_to_where_the_dsn_points() -> None:
    lines = choose(ALL, "curl").test.splitlines()
    assert "curl https://errors.example.org:8443/rustrak/api/42/envelope/" in lines[0]
    header, item, payload = (json.loads(line) for line in lines[3:6])
    assert header["dsn"] == DSN
    assert item == {"type": "event"}
    assert payload["message"]
