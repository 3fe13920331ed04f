"""What SDKs send besides events: feedback, crash dumps, check-ins; and the command line's events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lib import programs
from tests.lib.api_client import ApiClient
from tests.lib.live import Live
from tests.lib.waiting import wait_for
from tests.sdk.conftest import Open

pytestmark = pytest.mark.live


def _project(live: Live, name: str) -> tuple[str, int]:
    dsn = live.create_project(name)
    return dsn, int(dsn.rsplit("/", 1)[1])


def _only_event(api: ApiClient, project_id: int) -> dict[str, Any]:
    (event,) = wait_for(lambda: api.events(project_id))
    return dict(event)


def test_feedback_is_shown_with_its_event(live: Live, api: ApiClient, open_shop: Open) -> None:
    dsn, project_id = _project(live, "Feedback")
    page = open_shop(dsn)
    assert page.evaluate("name => window.run(name)", "feedback") is True
    page.close()
    event = _only_event(api, project_id)
    shown = wait_for(
        lambda: html if "It broke when I paid" in (html := live.page(api, project_id, event)) else None
    )
    assert "dee@example.org" in shown
    reports = api.text(f"/projects/{api.get(f'/api/projects/{project_id}')['slug']}/feedback/")
    assert "It broke when I paid" in reports


def test_the_report_dialog_sends_what_a_person_writes(live: Live, api: ApiClient, open_shop: Open) -> None:
    dsn, project_id = _project(live, "Dialog")
    page = open_shop(dsn)
    assert page.evaluate("name => window.run(name)", "dialog") is True
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.get_by_label("Name").fill("Dee <b>")
    dialog.get_by_label("E-mail").fill("dee@example.org")
    dialog.get_by_role("textbox").last.fill("I clicked “pay”\nand it broke")
    dialog.locator("button[type=submit]").click()
    page.get_by_text("Thank you").wait_for()
    page.close()
    event = _only_event(api, project_id)
    shown = wait_for(
        lambda: html if "I clicked “pay”" in (html := live.page(api, project_id, event)) else None
    )
    assert "Dee &lt;b&gt;" in shown


def test_sentry_cli_sends_an_event(live: Live, api: ApiClient, sentry_cli: Path) -> None:
    dsn, project_id = _project(live, "Command line")
    command: list[str | Path] = [
        sentry_cli, "send-event", "--message", "the nightly build failed", "--release", "shop@1.4.2",
        "--tag", "case:cli", "--level", "warning",
    ]  # fmt: skip
    programs.run(command, SENTRY_DSN=dsn)
    event = _only_event(api, project_id)
    assert (event["title"], event["level"]) == ("the nightly build failed", "warning")
    assert event["tags"]["case"] == "cli"


def test_a_monitored_job_checks_in(live: Live, api: ApiClient, sentry_cli: Path) -> None:
    dsn, project_id = _project(live, "Jobs")
    programs.run([sentry_cli, "monitors", "run", "nightly-report", "--", "true"], SENTRY_DSN=dsn)
    slug = api.get(f"/api/projects/{project_id}")["slug"]
    page = f"/projects/{slug}/monitors/"
    assert wait_for(lambda: html if "nightly-report" in (html := api.text(page)) else None)


def test_a_crash_dump_becomes_an_event(
    live: Live, api: ApiClient, crashpad_handler: Path, tmp_path: Path
) -> None:
    dsn, project_id = _project(live, "Game")
    key = dsn.split("//")[1].split("@")[0]
    url = f"{live.url}/api/{project_id}/minidump/?sentry_key={key}"
    program = programs.HERE / "python" / "crash.py"
    crashpad_handler.chmod(0o755)
    programs.run([sys.executable, program, crashpad_handler, tmp_path, url])
    event = _only_event(api, project_id)
    assert event["release"] == "game@1.0"
    assert event["tags"]["case"] == "crashpad"
    assert event["platform"] == "native"
    assert event["level"] == "fatal"
    assert "SIGSEGV" in json.dumps(event["data"]["exception"])
    shown = wait_for(lambda: html if "notes.txt" in (html := live.page(api, project_id, event)) else None)
    assert "Minidump" in shown


def test_curl_reports_a_job(live: Live, api: ApiClient) -> None:
    dsn, project_id = _project(live, "Curl")
    key = dsn.split("//")[1].split("@")[0]
    answer = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-u", f"{key}:",
         f"{live.url}/api/{project_id}/cron/backup/?status=ok"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert answer.stdout == "202"
    slug = api.get(f"/api/projects/{project_id}")["slug"]
    page = f"/projects/{slug}/monitors/"
    assert wait_for(lambda: html if "backup" in (html := api.text(page)) else None)
