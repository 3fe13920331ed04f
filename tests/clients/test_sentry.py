"""The commands of the `sentry` command line, which the build plugins of version 11 have inside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Open, Shop
from tests.lib.build_machine import JS, SENTRY, TROUBLE
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.long]
LIBRARY = ("node", JS / "sentry.mjs")


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Shop:
    return open_shop("Toolkit")


def _run(shop: Shop, cwd: Path, *commands: str | list[str], **environment: str) -> list[Any]:
    """What each command answers; all in one process, which is much faster. None may be refused."""
    words = [command.split() if isinstance(command, str) else command for command in commands]
    said = shop.machine.run(LIBRARY, cwd=cwd, input=json.dumps(words), but=".", **environment)
    log, _, text = said.partition("=== answers\n")
    assert TROUBLE.findall(log) == []
    answers = json.loads(text)
    refused = [answer for answer in answers if "refused" in answer]
    assert refused == [], refused
    return [answer["answer"] for answer in answers]


@pytest.mark.parametrize("settings", ["token", "old"])
def test_what_the_account_sees(shop: Shop, tmp_path: Path, settings: str) -> None:
    more = shop.old_settings() if settings == "old" else {}
    assert "Access verified" in shop.machine.run(SENTRY, "auth", "status", **more)
    organizations, projects, project, keys, *_ = _run(
        shop, tmp_path, "org list", "project list", f"project view rustrak/{shop.slug}",
        f"dsn list rustrak/{shop.slug}", "org view rustrak", "team list rustrak/", "repo list rustrak/", "monitor list rustrak/", **more,
    )  # fmt: skip
    assert "rustrak" in json.dumps(organizations)
    assert shop.slug in json.dumps(projects)
    assert shop.dsn in json.dumps(project)
    assert shop.dsn in json.dumps(keys)


def test_the_life_of_a_release(shop: Shop, tmp_path: Path) -> None:
    head = shop.machine.repository(
        tmp_path / "repository",
        "https://git.example.org/acme/shop.git",
        [("Begin", {"prices.ts": "1\n"}), ("Sell kettles", {"prices.ts": "2\n"})],
    )[-1]
    release = "rustrak/shop@2.0.0+5"
    *_, listed, viewed, deploys = _run(
        shop, tmp_path / "repository",
        f"release create {release} --project {shop.slug}",
        f"release set-commits {release} --auto",
        f"release set-commits {release} --local",
        f"release set-commits {release}",
        f"release finalize {release}",
        f"release deploy {release} production",
        f"release archive {release}",
        f"release restore {release}",
        f"release list rustrak/{shop.slug}",
        f"release view {release}",
        f"release deploys {release}",
    )  # fmt: skip
    assert "shop@2.0.0+5" in json.dumps(listed)
    assert "shop@2.0.0+5" in json.dumps(viewed)
    assert "production" in json.dumps(deploys)
    assert head[:7] in shop.release_page("shop@2.0.0+5")
    _run(
        shop,
        tmp_path,
        f"release create rustrak/old@1 --project {shop.slug}",
        "release delete rustrak/old@1 --yes",
    )
    assert "old@1" not in json.dumps(shop.get("/releases"))


def test_uploads(shop: Shop, built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "dist")
    (tmp_path / "mapping.txt").write_text("com.acme.shop.Till -> a.b:\n    12:14:void open() -> c\n")
    (tmp_path / "till.sym").write_text(
        "MODULE Linux x86_64 C0BCC3F19827FE653058404B2831D9E60 till\nFILE 0 till.c\nFUNC 1000 20 0 open_drawer\n1000 20 3 0\n"
    )
    (tmp_path / "names.json").write_text('["Till", "aB"]')
    (tmp_path / "mappings.json").write_text('[{"stackRoot": "com/acme", "sourceRoot": "src/com/acme"}]')
    _run(
        shop, tmp_path,
        "sourcemap inject dist",
        "sourcemap upload dist",
        "sourcemap upload dist --release maps@2 --url-prefix ~/static --dist 7",
        "sourcemap resolve dist",
        "debug-files upload --wait till.sym",
        "debug-files check till.sym",
        "proguard upload mapping.txt",
        "dart-symbol-map upload names.json --debug-id c0bcc3f1-9827-fe65-3058-404b2831d9e6",
        "code-mappings upload --repo acme/shop mappings.json",
        SENTRY_PROJECT=shop.slug, SENTRY_ORG="rustrak",
    )  # fmt: skip


def test_events_and_issues(shop: Shop, tmp_path: Path) -> None:
    # A group of its own: two events would be of one issue otherwise.
    _run(
        shop, tmp_path,
        ["event", "send", "--message", "the till is open", "--no-environ", f"rustrak/{shop.slug}"],
        ["event", "send", "--message", "the drawer is stuck", "--no-environ", f"rustrak/{shop.slug}"],
        SENTRY_DSN=shop.dsn,
    )  # fmt: skip
    assert wait_for(lambda: len(shop.api.events(shop.project_id)) == 2)
    (listed,) = _run(shop, tmp_path, f"issue list rustrak/{shop.slug}")
    assert "the till is open" in json.dumps(listed)
    event = shop.api.events(shop.project_id)[0]
    issues = shop.get("/issues?filter=all&sort=digest_order&order=asc")["items"]
    short = f"{shop.slug.upper()}-{issues[0]['digest_order']}"
    viewed, events, one, *_ = _run(
        shop, tmp_path,
        f"issue view {short}",
        f"issue events {short}",
        f"event view rustrak/{shop.slug}/{event['event_id']}",
        f"issue resolve {short}",
        f"issue unresolve {short}",
        f"issue archive {short}",
        SENTRY_ORG="rustrak",
    )  # fmt: skip
    assert issues[0]["title"] in json.dumps(viewed)
    assert event["event_id"] in json.dumps(events)
    assert event["event_id"] in json.dumps(one)
    assert len(shop.get("/issues?filter=muted")["items"]) == 1
