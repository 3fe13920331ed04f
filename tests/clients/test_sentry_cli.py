"""The commands of sentry-cli, current and old, with a token as the only setting; uploads that are killed, and two at once."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from tests.clients.conftest import ON_SQLITE, Open, Shop
from tests.lib.build_machine import CLI_2, CLI_3, JS, TROUBLE, BuildMachine, Program
from tests.lib.front import Answer, Request, front, proxy
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.long]
NOTHING: Answer = (502, {"Content-Type": "text/plain"}, b"")
BREAKPAD = """MODULE Linux x86_64 C0BCC3F19827FE653058404B2831D9E60 till
FILE 0 till.c
FUNC 1000 20 0 open_drawer
1000 10 3 0
1010 10 4 0
"""
# A line of the list of issues.
LEVEL = r"^\|.*\| error \|$"
PROGUARD = "com.acme.shop.Till -> a.b:\n    12:14:void open() -> c\n"


@pytest.fixture(scope="module", params=["2", "3"] if ON_SQLITE else ["3"])
def cli(request: pytest.FixtureRequest) -> Program:
    return {"2": CLI_2, "3": CLI_3}[request.param]


@pytest.fixture(scope="module")
def shop(cli: Program, open_shop: Open) -> Shop:
    return open_shop(f"Command line {2 if cli is CLI_2 else 3}")


@pytest.mark.parametrize("settings", ["token", "old"])
def test_what_the_account_sees(shop: Shop, cli: Program, settings: str) -> None:
    more = shop.old_settings() if settings == "old" else {}

    def run(*arguments: str, **options: str) -> str:
        return shop.machine.run(cli, *arguments, **more, **options)

    info = run("info")
    assert shop.live.url in info
    assert "ana@example.org" in info
    assert "rustrak" in run("organizations", "list")
    assert shop.slug in run("projects", "list")
    for command in (
        ("releases", "list"),
        ("issues", "list"),
        ("events", "list"),
        ("monitors", "list"),
        ("repos", "list"),
    ):
        run(*command, **({} if settings == "old" else {"SENTRY_PROJECT": shop.slug}))


def test_login_keeps_the_token(shop: Shop, cli: Program, tmp_path: Path) -> None:
    token = shop.machine.environment["SENTRY_AUTH_TOKEN"]
    BuildMachine(tmp_path).run(cli, "--auth-token", token, "login", "--global", input="n\n")
    assert token in (tmp_path / ".sentryclirc").read_text()


def test_the_life_of_a_release(shop: Shop, cli: Program, tmp_path: Path) -> None:
    first, second, third = shop.machine.repository(
        tmp_path / "repository",
        "https://git.example.org/acme/shop.git",
        [
            ("Begin", {"lib/prices.ts": "1\n", "README.md": "Shop\n"}),
            ("Add a price", {"lib/prices.ts": "2\n"}),
            ("Sell kettles", {"lib/prices.ts": "3\n", "lib/kettle.ts": "1\n"}),
        ],
    )

    def run(*arguments: str) -> str:
        return shop.machine.run(cli, *arguments, cwd=tmp_path / "repository", SENTRY_PROJECT=shop.slug)

    assert run("releases", "propose-version").strip() == third
    version = "shop@1.0.0+12"
    run("releases", "new", version)
    run("releases", "set-commits", version, "--auto")
    run("releases", "set-commits", version, "--local")
    run("releases", "finalize", version)
    release = shop.release(version)
    assert release["released_at"]
    assert version in run("releases", "list")
    said = run("releases", "info", version, "--show-projects", "--show-commits")
    assert version in said
    assert third[:12] in said
    run("deploys", "new", "-r", version, "-e", "production")
    run(
        "deploys",
        "new",
        "-r",
        version,
        "-e",
        "staging",
        "-n",
        "night",
        "-u",
        "https://ci.example.org/7",
        "-t",
        "12",
    )
    assert "staging" in run("deploys", "list", "-r", version)
    run("releases", "archive", version)
    run("releases", "restore", version)
    shown = shop.release_page(version)
    assert "Sell kettles" in shown
    assert "Dee Dolan" in shown
    run("releases", "new", "--finalize", "shop@0.9")
    run("releases", "set-commits", "shop@0.9", "--commit", f"acme/shop@{first}..{second}")
    run("releases", "set-commits", "shop@0.9", "--clear")
    run("releases", "delete", "shop@0.9")
    assert "shop@0.9" not in run("releases", "list")


def test_source_maps(shop: Shop, cli: Program, built: Path, tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> str:
        return shop.machine.run(cli, *arguments, cwd=tmp_path, SENTRY_PROJECT=shop.slug)

    plain, injected = tmp_path / "plain", tmp_path / "injected"
    shutil.copytree(built, plain)
    shutil.copytree(built, injected)
    run("sourcemaps", "inject", injected)
    assert "debugId" in (injected / "main.js").read_text()
    run("sourcemaps", "upload", injected)
    run("sourcemaps", "upload", "--wait", injected)
    run("sourcemaps", "upload", "--release", "maps@1", "--url-prefix", "~/static", "--wait", plain)
    run("sourcemaps", "upload", "--release", "maps@1", "--dist", "7", "--strict", "--wait", plain)
    run(
        "sourcemaps",
        "upload",
        "--release",
        "maps@1",
        "--dist",
        "8",
        "--note",
        "by night",
        "--validate",
        "--wait-for",
        "20",
        plain,
    )
    files = shop.files_page("maps@1")
    assert "~/static/main.js" in files
    assert "~/main.js.map" in files
    resolved = run("sourcemaps", "resolve", plain / "main.js.map", "--line", "1", "--column", "200")
    assert "source" in resolved.lower()


def test_single_files_of_a_release(open_shop: Open, built: Path) -> None:
    """What plugins did before there were bundles; sentry-cli 3 has no such commands."""
    shop = open_shop("Single files")

    def run(*arguments: str | Path) -> str:
        return shop.machine.run(CLI_2, *arguments, but="DEPRECATION NOTICE", SENTRY_PROJECT=shop.slug)

    run("files", "upload", built, "~/lib", "--release", "files@1", "--wait")
    run(
        "files",
        "upload",
        built / "main.js",
        "~/main.js",
        "--release",
        "files@1",
        "-H",
        "SourceMap:main.js.map",
    )
    assert "~/main.js" in run("releases", "files", "files@1", "list")
    run("releases", "files", "files@1", "delete", "~/main.js")
    assert "~/main.js " not in run("releases", "files", "files@1", "list")
    run("releases", "files", "files@1", "delete", "--all")


def test_debug_files(shop: Shop, cli: Program, tmp_path: Path) -> None:
    def run(*arguments: str | Path, but: str | None = None) -> str:
        return shop.machine.run(cli, *arguments, cwd=tmp_path, but=but, SENTRY_PROJECT=shop.slug)

    (tmp_path / "till.sym").write_text(BREAKPAD)
    (tmp_path / "till.c").write_text("#include <till.h>\n\nvoid open_drawer(void) {\n}\n")
    (tmp_path / "mapping.txt").write_text(PROGUARD)
    (tmp_path / "names.json").write_text(json.dumps(["Till", "aB"]))
    assert "c0bcc3f1-9827-fe65-3058-404b2831d9e6" in run("debug-files", "check", "till.sym")
    run("debug-files", "bundle-sources", "till.sym")
    run("debug-files", "upload", ".")
    run("debug-files", "upload", "--wait", "--include-sources", ".")
    run("upload-proguard", "mapping.txt")
    # The old one does not read the organization from the token here.
    run("dart-symbol-map", "upload", "--org", "rustrak", "names.json", "till.sym")
    stored = json.dumps(shop.api.get(f"/api/0/projects/rustrak/{shop.slug}/files/dsyms/"))
    assert "c0bcc3f1-9827-fe65-3058-404b2831d9e6" in stored
    assert "63ea7da4-5b89-5981-bad7-71722bb7acb0" in stored
    if cli is CLI_3:
        run("proguard", "upload", "mapping.txt")
        mappings = [{"stackRoot": "com/acme/shop", "sourceRoot": "shop/src/com/acme/shop"}]
        (tmp_path / "mappings.json").write_text(json.dumps(mappings))
        run(
            "code-mappings",
            "upload",
            "--repo",
            "acme/shop",
            "--default-branch",
            "main",
            "mappings.json",
            but="Errors: 0",
        )


def test_events_and_issues(shop: Shop, cli: Program, tmp_path: Path) -> None:
    def run(*arguments: str | Path, but: str | None = None) -> str:
        return shop.machine.run(
            cli, *arguments, cwd=tmp_path, but=but, SENTRY_PROJECT=shop.slug, SENTRY_DSN=shop.dsn
        )

    run("send-event", "--message", "the till is open", "--release", "shop@1.0.0+12")
    (tmp_path / "stored.envelope").write_text(
        '{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"event"}\n{"message":"the drawer is stuck"}\n'
    )
    run("send-envelope", "stored.envelope")
    run("monitors", "run", "nightly-report", "--schedule", "0 3 * * *", "--", "true")
    assert wait_for(lambda: len(shop.api.events(shop.project_id)) == 2)
    assert "nightly-report" in wait_for(
        lambda: said if "nightly-report" in (said := run("monitors", "list")) else ""
    )
    listed = run("issues", "list", but=LEVEL)
    assert "the till is open" in listed
    assert "9ec79c33-ec99-42ab-8353-589fcb2e04dc" in run(
        "events", "list", "--show-tags", "--show-user", but="level: error"
    )
    assert "drawer" not in run("issues", "list", "--query", "till", but=LEVEL)
    number = next(
        word for line in listed.splitlines() if "till" in line for word in line.split() if word.isdigit()
    )
    run("issues", "resolve", "--id", number)
    assert [issue["title"] for issue in shop.get("/issues?filter=resolved")["items"]] == ["the till is open"]
    assert "till" in run("issues", "list", "--status", "resolved", but=LEVEL)
    run("issues", "unresolve", "--id", number)
    run("issues", "mute", "--all")
    assert len(shop.get("/issues?filter=muted")["items"]) == 2
    run("issues", "unresolve", "--status", "muted")
    assert len(shop.get("/issues?filter=open")["items"]) == 2


def test_what_the_release_action_runs(open_shop: Open, built: Path, tmp_path: Path) -> None:
    shop = open_shop("Action")
    repository = tmp_path / "repository"
    shop.machine.repository(
        repository, "https://git.example.org/acme/shop", [("Begin", {"README.md": "Shop\n"})]
    )
    shutil.copytree(built, repository / "dist")
    action = ("node", JS / "release-action.mjs")
    shop.machine.run(action, "shop@3", "dist", cwd=repository, **shop.old_settings())
    release = shop.release("shop@3")
    assert release["released_at"]
    assert [deploy["environment"] for deploy in shop.get("/releases/shop%403/deploys")["items"]] == [
        "production"
    ]
    assert "main.js" in shop.files_page("shop@3")


def test_an_upload_that_was_killed_sends_no_piece_again(
    shop: Shop, built: Path, tmp_path: Path, cli: Program
) -> None:
    """The client ends after its pieces have arrived and before it could ask for the bundle."""
    shutil.copytree(built, tmp_path / "dist")
    shop.machine.run(cli, "sourcemaps", "inject", tmp_path / "dist")
    pass_on = proxy(shop.live.port)
    asked, over = threading.Event(), threading.Event()
    assembled: list[bytes] = []

    def cut(request: Request) -> Answer:
        if request.path.endswith("/assemble/"):
            assembled.append(request.body)
            if len(assembled) == 2:
                asked.set()
                over.wait(30)
                return NOTHING
        return pass_on(request)

    old = shop.old_settings()
    command: list[str | Path] = ["sourcemaps", "upload", tmp_path / "dist"]
    with front(cut) as url:
        process = shop.machine.begin(cli, *command, **{**old, "SENTRY_URL": url})
        try:
            assert asked.wait(60)
        finally:
            process.kill()
            process.communicate()
            over.set()
    (before,) = shop.live.rows("SELECT COUNT(*) FROM issues_uploadchunk")[0]
    assert before
    said = shop.machine.run(cli, *command, "--wait", **old)
    assert "Nothing to upload" in said or "already" in said, said


def test_two_builds_at_once(shop: Shop, built: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(built, tmp_path / name / "dist")
        shutil.copy(built / "main.js", tmp_path / name / "dist" / "more.js")
    settings = {"SENTRY_PROJECT": shop.slug}
    running = [
        shop.machine.begin(
            cli, "sourcemaps", "upload", "--release", "twice@1", "--url-prefix", "~/", "--wait", tmp_path / name / "dist", **settings
        )
        for cli, name in ((CLI_2, "one"), (CLI_3, "two"))
    ]  # fmt: skip
    said = [process.communicate(timeout=100)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert [TROUBLE.findall(text) for text in said] == [[], []]
