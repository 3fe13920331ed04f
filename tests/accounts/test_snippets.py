from __future__ import annotations

import json
import re

import pytest

from accounts.snippets import GROUPS, Snippet, choose, grouped, snippets

DSN = "https://0123456789abcdef0123456789abcdef@errors.example.org:8443/rustrak/42"
ALL = snippets(DSN)
WANTED = (
    "Python Django Flask FastAPI Celery Node Express NestJS Browser React Angular Svelte SvelteKit Next Nuxt Astro Remix Vue "
    "Deno Bun Cloudflare Lambda Electron Native Expo Android Apple Swift Flutter Dart Kotlin Multiplatform MAUI PHP Laravel "
    "Symfony WordPress Ruby Rails Go Java Spring Quarkus Logback .NET ASP.NET Rust C++ Elixir Phoenix Unity Unreal Godot "
    "PowerShell Bash Perl curl"
)
# These send the user themselves, or have none.
WITHOUT_USER = {"django", "wordpress", "unreal", "bash", "curl"}


@pytest.mark.parametrize("snippet", ALL, ids=lambda snippet: snippet.platform)
def test_each_has_the_dsn_and_a_test_event(snippet: Snippet) -> None:
    assert DSN in snippet.init + snippet.test
    assert "@DSN@" not in snippet.install + snippet.init + snippet.user + snippet.test
    assert snippet.test.strip()
    assert snippet.name
    assert bool(snippet.init) == bool(snippet.where)


@pytest.mark.parametrize("snippet", ALL, ids=lambda snippet: snippet.platform)
def test_each_sets_environment_and_release_and_the_user(snippet: Snippet) -> None:
    code = (snippet.init or snippet.test).lower()
    for word in ("environment", "release"):
        assert word in code or snippet.platform == "wordpress", word
    assert re.search("production|rails.env", code)
    assert re.search(r"my-(app|game|site|script)@1\.0\.0|release_name!", code)
    assert bool(snippet.user) == (snippet.platform not in WITHOUT_USER)
    assert not snippet.user or "42" in snippet.user


def test_every_copy_of_the_dsn_is_whole() -> None:
    for snippet in ALL:
        for text in (snippet.install, snippet.init, snippet.test):
            assert text.count("0123456789abcdef@") == text.count(DSN)


def test_groups_have_every_platform_once() -> None:
    listed = [one for _, group in grouped(ALL) for one in group]
    assert listed == ALL
    assert [name for name, _ in grouped(ALL)] == [name for name, _ in GROUPS]


@pytest.mark.parametrize(
    ("find", "found"),
    [
        ("REACT n", ["react-native"]),
        ("php", ["php", "laravel", "symfony", "wordpress"]),
        ("cobol", []),
        ("(", ["python-aws-lambda", "node-aws-lambda", "apple", "native", "bash"]),
    ],
)
def test_platforms_are_found_by_name_and_group(find: str, found: list[str]) -> None:
    assert [one.platform for _, group in grouped(ALL, find) for one in group] == found


@pytest.mark.parametrize(
    ("platform", "snippet"),
    [("cocoa", "apple"), ("csharp", "dotnet"), ("native", "native"), ("node", "node"), ("other", "python")],
)
def test_the_platform_of_events_is_known(platform: str, snippet: str) -> None:
    assert choose(ALL, "", platform).platform == snippet


def test_platforms_are_different() -> None:
    assert len({snippet.platform for snippet in ALL}) == len({snippet.name for snippet in ALL}) == len(ALL)
    names = " ".join(snippet.name for snippet in ALL)
    for wanted in WANTED.split():
        assert wanted in names


@pytest.mark.parametrize("platform", ["python", "django", "flask", "fastapi", "celery", "python-aws-lambda"])
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
