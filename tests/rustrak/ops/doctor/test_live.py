"""The doctor beside a running server: without a proxy, behind one, and with other settings than the server's."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest import spool
from ingest.spool import Record
from rustrak.ops.doctor import Finding, Level, address
from tests.lib.front import Answer, Request, Site, front, proxy
from tests.lib.live import ROOT, Live, free_port, start

pytestmark = [pytest.mark.live, pytest.mark.long]


def doctor(live: Live, *arguments: str, **environment: str) -> tuple[int, str]:
    """(exit code, what was printed); never a traceback."""
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT, env={**live.environment, **environment}, text=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr == ""
    return done.returncode, done.stdout


def said(output: str) -> dict[str, tuple[str, str]]:
    """The worst of each subject: (level, text and fix)."""
    found: dict[str, tuple[str, str]] = {}
    for one in json.loads(output)["findings"]:
        if found.get(one["subject"], ("ok",))[0] != "problem":
            found[one["subject"]] = (one["level"], f"{one['text']} | {one['fix']}")
    return found


def test_a_healthy_installation(live: Live) -> None:
    code, output = doctor(live, "--body")
    assert code == 0, output
    assert "problem" not in output
    assert "\x1b" not in output, "colours are for terminals"
    for words in (
        "2 processes running",
        "reaches this installation",
        "a POST arrives as SDKs send it",
        "all applied",
        "a body of 20 MiB arrives",
    ):
        assert words in output, output


def test_json(live: Live) -> None:
    code, output = doctor(live, "--json")
    found = said(output)
    assert code == 0
    assert json.loads(output)["ok"] is True
    assert {level for level, _ in found.values()} <= {"ok", "warning"}
    assert {"database", "migrations", "queue", "web", "digest", "retain", "listening", "incoming"} <= set(
        found
    )


@pytest.mark.parametrize(
    ("environment", "subject", "words"),
    [
        ({"INGEST_DIR": "{data}/secret_key"}, "queue", "is not writable"),
        ({"INGEST_DIR": "/proc/nowhere"}, "queue", "is not writable"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"}, "database", "does not exist"),
        ({"DATABASE_URL": "sqlite:///{data}/secret_key"}, "database", "not an SQLite database"),
        ({"DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none"}, "database", "Start PostgreSQL"),
        ({"PORT": "{free}"}, "listening", "the server's own HOST and PORT"),
        ({"PUBLIC_URL": "http://127.0.0.1:{free}"}, "public address", "the connection was refused"),
        ({"PUBLIC_URL": "http://nowhere.invalid"}, "public address", "Add the name to DNS"),
        ({"PUBLIC_URL": "https://127.0.0.1:{port}"}, "public address", "the TLS handshake failed"),
        ({"SESSION_SECRET_KEY": "another installation's secret " * 2}, "listening", "with another secret"),
        ({"SSL_PROXY": "true", "SESSION_SECRET_KEY": "x" * 40}, "settings", "nobody can sign in"),
        ({"ATTACHMENTS_STORAGE": "no.such.Storage"}, "attachments", "cannot store files"),
        ({"RUSTRAK_DATA": "{data}/elsewhere"}, "processes", "Rustrak is not running on this machine"),
    ],
)  # fmt: skip
def test_each_problem_is_found(live: Live, environment: dict[str, str], subject: str, words: str) -> None:
    places = {"data": live.data, "port": live.port, "free": free_port()}
    given = {name: value.format(**places) for name, value in environment.items()}
    code, output = doctor(live, "--json", **given)
    found = said(output)
    assert code == 1
    assert found[subject][0] == "problem"
    assert words in found[subject][1]


def test_a_bad_setting_is_reported_without_a_traceback(live: Live) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=ROOT, env={**live.environment, "PORT": "many"}, text=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Rustrak cannot start: PORT='many'")
    assert "Traceback" not in done.stderr


def test_without_a_digest() -> None:
    with start(DIGEST_WORKERS="0") as server:
        code, output = doctor(server, "--json", DIGEST_WORKERS="1")
        assert code == 1
        assert said(output)["digest"] == (
            "problem",
            "no digest is running: accepted events wait in the queue (spool) | Start it: `make run`, or `manage.py up`.",
        )
        code, output = doctor(server, "--json")
        assert (code, said(output)["digest"][0]) == (0, "warning")
        directory = server.data / "spool"
        spool.write_sealed(directory, [Record("event", 1, "a" * 32, time.time(), None, None, b"{}")])
        (segment,) = directory.glob("*.sealed")
        segment.rename(directory / f"{int((time.time() - 3600) * 1e9):020d}-once-1-0.sealed")
        code, output = doctor(server, "--json")
        assert code == 1
        assert said(output)["queue"][0] == "problem"
        assert "accepted 1 h ago are not processed yet" in said(output)["queue"][1]
        assert "`manage.py digest` alone" in said(output)["queue"][1]
        server.stop()
        code, output = doctor(server)
        assert code == 1
        assert "Rustrak is not running on this machine" in output
        assert "public address" not in output


# With something in front of the server. The doctor runs in this process, with the settings of such a deployment.


@pytest.fixture
def behind(live: Live, settings: Any) -> Callable[..., list[Finding]]:
    """The doctor's findings with `site` in front of the server; `told` are settings to change."""
    settings.HOST, settings.PORT = "127.0.0.1", live.port
    settings.SECRET_KEY = (live.data / "secret_key").read_text()

    def examine(site: Site, *, bodies: bool = False, **told: Any) -> list[Finding]:
        for name, value in told.items():
            setattr(settings, name, value)
        with front(site) as url:
            settings.PUBLIC_URL = url
            return list(address.check(running=True, bodies=bodies))

    return examine


def problems(findings: list[Finding]) -> str:
    """Everything that is not ok, in lines."""
    return "\n".join(
        f"{one.level} {one.subject}: {one.text} → {one.fix}" for one in findings if one.level != Level.OK
    )


def page(text: str) -> bytes:
    return f"<!doctype html><html><head><title>{text}</title></head></html>".encode()


def test_a_proxy_without_forwarding_headers(live: Live, behind: Callable[..., list[Finding]]) -> None:
    found = behind(proxy(live.port), bodies=True)
    assert problems(found) == ""
    assert [one.subject for one in found] == ["listening", "public address", "incoming", "large bodies"]


def test_a_proxy_that_is_not_trusted(live: Live, behind: Callable[..., list[Finding]]) -> None:
    found = behind(proxy(live.port, X_Forwarded_For="203.0.113.9"))
    assert problems(found) == (
        "warning proxy: all events seem to come from 127.0.0.1: this proxy is not in TRUSTED_PROXIES "
        "→ Set TRUSTED_PROXIES=127.0.0.1 if the proxy is yours."
    )


def test_a_proxy_with_another_host(live: Live, behind: Callable[..., list[Finding]]) -> None:
    assert "arrive with Host: upstream" in problems(behind(proxy(live.port, Host="upstream")))


def test_a_proxy_that_replaces_the_referrer_policy(live: Live, behind: Callable[..., list[Finding]]) -> None:
    passing = proxy(live.port)

    def site(request: Request) -> Answer:
        status, headers, body = passing(request)
        return status, {**headers, "Referrer-Policy": "no-referrer"}, body

    assert "problem forms: pages arrive with Referrer-Policy: no-referrer" in problems(behind(site))


def only(answer: Answer) -> Site:
    """Always the same answer."""

    return lambda request: answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((302, {"Location": "https://sso.example/login"}, b""), "redirects to https://sso.example/login → Set PUBLIC_URL=https://"),
        ((301, {"Location": "/login"}, b""), "redirects to /login → Do not redirect"),
        ((200, {"Content-Type": "text/html"}, page("Sign in to Acme")), "an HTML page ('Sign in to Acme'), such as a sign-in"),
        ((403, {"Content-Type": "text/html"}, page("Just a moment...")), "a 403 with an HTML page"),
        ((502, {"Content-Type": "text/html"}, page("502 Bad Gateway")), "a proxy answers"),
        ((401, {"WWW-Authenticate": 'Basic realm="x"'}, b""), "asks for a password"),
        ((404, {"Content-Type": "text/plain"}, b"no such site"), "does not come from this installation"),
        ((200, {"Content-Type": "application/json"}, b'{"answer": "x"}'), "does not come from this installation"),
    ],
)  # fmt: skip
def test_another_program_answers(behind: Callable[..., list[Finding]], answer: Answer, words: str) -> None:
    text = problems(behind(only(answer)))
    assert words in text
    assert text.startswith("problem public address: ")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((411, {}, b""), "refuses a body without Content-Length"),
        ((403, {"Content-Type": "text/html"}, page("CSRF")), "an HTML page ('CSRF')"),
        ((307, {"Location": "/api/0/envelope"}, b""), "redirects to /api/0/envelope"),
        ((404, {}, b""), "is a 404 that does not come from Rustrak"),
    ],
)
def test_a_proxy_that_does_not_pass_posts_on(
    live: Live, behind: Callable[..., list[Finding]], answer: Answer, words: str
) -> None:
    passing = proxy(live.port)
    found = behind(lambda request: answer if request.method == "POST" else passing(request))
    assert words in problems(found)
    assert "problem incoming" in problems(found)


def test_a_proxy_with_a_small_limit(live: Live, behind: Callable[..., list[Finding]]) -> None:
    found = behind(proxy(live.port, most=1024 * 1024), bodies=True)
    assert "problem large bodies: the answer to a body of 20 MiB is a 413 → Raise the proxy's limit (nginx: client_max_body_size 20m;)" in problems(found)  # fmt: skip


def test_only_public_url_is_connected_to(behind: Callable[..., list[Finding]], tmp_path: Path) -> None:
    asked: list[Request] = []

    def site(request: Request) -> Answer:
        asked.append(request)
        return 302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""

    behind(site)
    assert [(one.method, one.path) for one in asked] == [("GET", "/health/probe")]
    assert "Cookie" not in asked[0].headers
