"""A real server for tests: `manage.py up` on a free port with its own data. It always ends with the test.

def test_something(live: Live) -> None:          # one server per module
    dsn = live.create_project("Shop")

with start("postgres", WEB_WORKERS="2") as server: ...
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lib import installation
from tests.lib.api_client import ApiClient

ROOT = installation.ROOT
START_SECONDS = 180


@dataclass
class Live:
    """A running installation."""

    url: str
    data: Path
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def manage(self, *arguments: str, input: str | None = None) -> str:
        """Run another `manage.py` command and return what it printed.

        Raises CalledProcessError, with stderr in its notes, if the command fails.
        """
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, input=input, text=True, capture_output=True, timeout=180,
        )  # fmt: skip
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
            error.add_note(done.stderr)
            raise error
        return done.stdout.strip()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a SELECT finds in the server's database; `?` stands for each of `values`."""
        return installation.rows(self.environment, query, values)

    def create_project(self, name: str) -> str:
        """Create a project and return its DSN."""
        return self.manage("create_project", name)

    def create_user(self, email: str, password: str, *, admin: bool = False) -> None:
        self.manage("create_user", email, *(["--admin"] if admin else []), input=password)

    def output(self) -> str:
        """Everything that `up` has written so far to stdout and stderr."""
        return self.log.read_text()

    def setup_link(self) -> str:
        """The one-time link that `up` printed."""
        found = re.search(r"https?://\S+/setup/\S+", self.output())
        assert found, self.output()
        return found.group()

    def page(self, api: ApiClient, project_id: int, event: dict[str, Any]) -> str:
        """The HTML of an event's page, as the person signed in with `api` sees it."""
        slug = api.get(f"/api/projects/{project_id}")["slug"]
        return api.text(f"/projects/{slug}/issues/{event['issue_id']}/events/{event['id']}/")

    def status(self, path: str) -> int:
        """The status of a GET; 0 when there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def processes(self) -> dict[int, str]:
        """Command lines of the supervisor and all its descendants, by process id."""
        return descendants(self.process.pid)

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the supervisor, wait for its end and return its exit code."""
        self.process.send_signal(sent)
        return self.process.wait(timeout=20)


def descendants(root: int) -> dict[int, str]:
    """Command lines of process `root` and all its descendants, by process id, from /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    family = {root} & parents.keys()
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return {pid: title for pid in sorted(family) if (title := _title(pid)) is not None}


def _title(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None


def path_of(dsn: str, endpoint: str = "envelope", key: str | None = None) -> str:
    """The path and query of an SDK endpoint, with the DSN's key or another `key`."""
    own, project = re.fullmatch(r"http://(\w+)@[^/]+/(\d+)", dsn).groups()  # type: ignore[union-attr]
    return f"/api/{project}/{endpoint}/?sentry_key={key or own}"


def stay_in_one_hour() -> None:
    """Wait if the clock hour ends within two minutes: rate limits would start again in the middle of a test."""
    left = 3600 - time.time() % 3600
    if left < 120:
        time.sleep(left + 1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def start(
    database: str | None = None, *, wait: bool = True, fresh: bool = False, **settings: str
) -> Iterator[Live]:
    """Run `manage.py up` with `settings`; `database` is sqlite or postgres, by default as the tests run.

    Unless `fresh`, the tables and the static files are copies of those that an earlier start made: that
    takes a tenth of the time. With `wait` the server answers when the block begins.
    """
    database = database or os.environ.get("RUSTRAK_TEST_DATABASE", "sqlite")
    directory = Path(tempfile.mkdtemp(prefix="rustrak-live-"))
    port = settings.pop("PORT", None) or str(free_port())
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ},
        "RUSTRAK_DATA": str(directory / "data"),
        "PORT": port,
        # gunicorn leaves one socket object to the garbage collector.
        "PYTHONWARNINGS": "default,ignore:unclosed <socket.socket:ResourceWarning",
        **settings,
    }
    if database == "postgres":
        environment["DATABASE_URL"] = installation.new_database(migrated=not fresh)
    if not fresh:
        installation.copy_into(Path(environment["RUSTRAK_DATA"]))
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    live = Live(f"http://127.0.0.1:{port}", directory / "data", log, environment, process)
    try:
        if wait:
            _await_ready(live)
        yield live
    finally:
        _end(process)
        shutil.rmtree(directory, ignore_errors=True)


def _await_ready(live: Live) -> None:
    deadline = time.monotonic() + START_SECONDS
    while live.status("/health/ready") != 200:
        if live.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the server did not start:\n{live.output()}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL after 15 s. The kernel ends the parts when their parent dies."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A server for the tests of one module, on the database that the tests run on."""
    with start() as server:
        yield server
