"""A process that sends hostile inputs to an installation of its own, in memory: `python -m tests.bench.hostile_worker`.

Reads one order per line of stdin, as JSON: `{"name": …, "seconds": …}`, a name of tests.lib.hostile.ATTACKS and the CPU
time that each step may take. Answers with a line that is a `tests.bench.hostile.Measured` as a dict. Each step runs in a
forked process, so that what never ends is killed, and the next step starts from the same state.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import select
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import django
from django.conf import settings

from tests.lib import hostile, installation
from tests.lib.hostile import Attack, Kind, Post

KEY = "0123456789abcdef0123456789abcdef"
# What a step may map, in bytes.
MOST_MEMORY = 4 << 30
Rows = Iterator[dict[str, Any]]


class Worker:
    """A project and its admin, in an installation that is put back before each input."""

    def __init__(self) -> None:
        from django.core.management import call_command
        from django.db import connection

        from accounts.models import Project, User

        self.data = Path(settings.DATA_DIR)
        installation.copy_into(self.data)
        call_command("migrate", verbosity=0)
        project = Project.objects.create(name="Shop", slug="shop", sentry_key=KEY)
        self.user = User.objects.create_superuser("bench@example.org", None)
        self.project = str(project.pk)
        connection.close()
        self._kept = self.data.with_name(self.data.name + ".kept")
        self._checkpoint()
        shutil.copytree(self.data, self._kept, ignore=shutil.ignore_patterns("static"))

    def measure(self, attack: Attack, seconds: float) -> dict[str, Any]:
        """Send the input, digest it and open the pages; see tests.bench.hostile.Measured."""
        self._put_back()
        posts = attack.make()
        found: dict[str, Any] = {"sent": sum(post.size for post in posts), "over": []}
        if attack.filters:
            self._step(found, "filters", seconds, lambda: self._filter(attack))
        before = self._bytes()
        self._step(found, "edge", seconds, lambda: self._edge(posts))
        self._step(found, "digest", seconds, self._digest)
        self._checkpoint()
        found["bytes"] = {name: size - before.get(name, 0) for name, size in self._bytes().items()}
        self._pages(found, attack, seconds)
        return found

    def _step(self, found: dict[str, Any], name: str, seconds: float, step: Callable[[], Rows]) -> None:
        rows, end = apart(step, seconds)
        for row in rows:
            found[name] = row
        if end:
            found["over"].append([name, end])

    def _pages(self, found: dict[str, Any], attack: Attack, seconds: float) -> None:
        """Open each page; one that is over its time is killed, and the next process goes on after it."""
        opened: list[dict[str, Any]] = []
        while True:
            rows, end = apart(partial(self._open, attack, len(opened), seconds), seconds)
            opened += [row for row in rows if "cpu" in row]
            if not end:
                break
            last = rows[-1]["page"] if rows and "cpu" not in rows[-1] else "?"
            opened.append({"page": last, "cpu": seconds, "size": 0, "status": 0})
            found["over"].append([f"page {last}", end])
            if last == "?" or len(found["over"]) > 8:
                break
        found["pages"] = opened

    def _filter(self, attack: Attack) -> Rows:
        from ingest.models import InboundFilters

        InboundFilters.objects.create(project_id=int(self.project), **attack.filters)
        yield {}

    def _edge(self, posts: list[Post]) -> Rows:
        from rustrak.asgi import application

        statuses: Counter[int] = Counter()
        stalls = [0.0]

        async def sample() -> None:
            # In CPU time, so that other processes of the machine do not count.
            while True:
                begun = time.process_time()
                await asyncio.sleep(0.001)
                stalls.append(time.process_time() - begun)

        async def main() -> None:
            sampler = asyncio.create_task(sample())
            await asyncio.sleep(0.02)
            stalls[:] = [0.0]
            for post in posts:
                statuses[await _send(application, post, self.project)] += 1
            await asyncio.sleep(0.005)
            sampler.cancel()
            from ingest.edge import intake

            await intake.close()

        before, started = _resident(), _cpu()
        asyncio.run(main())
        yield {
            "cpu": _cpu() - started,
            "stall": max(stalls),
            "memory": _peak() - before,
            "statuses": dict(statuses),
        }

    def _digest(self) -> Rows:
        from django.core.management import call_command

        before, started = _resident(), _cpu()
        call_command("digest", once=True)
        yield {"cpu": _cpu() - started, "memory": _peak() - before}

    def _open(self, attack: Attack, skip: int, seconds: float) -> Rows:
        from django.test import Client

        client = Client(raise_request_exception=False, headers={"host": "127.0.0.1:8000"})
        client.force_login(self.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for address in list(dict.fromkeys(_addresses(attack, self.project)))[skip:]:
            yield {"page": address}
            _limit(_cpu() + seconds)
            before, started = _resident(), _cpu()
            answer = client.get(address)
            # A download is as large as what was stored.
            size = 0 if answer.streaming else len(answer.content)
            if answer.streaming:
                for _ in answer:
                    pass
            yield {
                "page": address,
                "cpu": _cpu() - started,
                "size": size,
                "status": answer.status_code,
                "memory": _peak() - before,
            }

    def _put_back(self) -> None:
        for path in self.data.iterdir():
            if path.name != "static":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self._kept, self.data, dirs_exist_ok=True)

    def _checkpoint(self) -> None:
        with closing(sqlite3.connect(self.data / "rustrak.sqlite3", timeout=20)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _bytes(self) -> dict[str, int]:
        """What is allocated on disk, by the first part of the path in the data directory."""
        found: Counter[str] = Counter()
        for folder, _, files in os.walk(self.data):
            for name in files:
                path = Path(folder, name)
                top = path.relative_to(self.data).parts[0]
                if top in ("static", "run"):
                    continue
                found["database" if top.startswith("rustrak.sqlite3") else top] += (
                    path.lstat().st_blocks * 512
                )
        return dict(found)


async def _send(application: Any, post: Post, project: str) -> int:
    """The status of the answer to `post`; 0 if there is none."""
    path, _, query = post.at(project, KEY).partition("?")
    pieces = iter([post.body[at : at + post.piece] for at in range(0, len(post.body), post.piece)] or [b""])
    left = max(1, -(-len(post.body) // post.piece))
    status = 0

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        if left < 0:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": next(pieces), "more_body": left > 0}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = {"Host": "127.0.0.1:8000", "Content-Length": str(len(post.body)), **post.headers}
    scope = {
        "type": "http", "http_version": "1.1", "scheme": "http", "method": post.method, "path": unquote(path),
        "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "client": ("192.0.2.1", 5000),
        "server": ("127.0.0.1", 8000), "asgi": {"version": "3.0"},
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
    }  # fmt: skip
    await application(scope, receive, send)
    return status


def _addresses(attack: Attack, project: str) -> Iterator[str]:
    """The pages and API routes that show what was stored; all of them where the input aims at pages or the disk."""
    from issues.models import Attachment, Issue

    issues = list(Issue.objects.order_by("-pk")[:6])
    for issue in issues:
        yield f"/projects/shop/issues/{issue.pk}/"
    yield "/projects/shop/issues/?filter=all"
    yield "/projects/shop/intake/"
    for path in attack.pages:
        yield path.replace("PROJECT", project).replace("SLUG", "shop")
    if attack.kind is Kind.EDGE or (attack.kind is Kind.DIGEST and not attack.example):
        return
    for issue in issues[:1]:
        page, api = f"/projects/shop/issues/{issue.pk}", f"/api/projects/{project}/issues/{issue.pk}"
        yield from (f"{page}/events/", f"{page}/tags/", f"{page}/activity/")
        yield from (api, f"{api}/events", f"{api}/tags", f"{api}/activity")
        for event in issue.events.order_by("-digest_order")[:1]:
            yield from (f"{page}/events/{event.pk}/json/", f"{api}/events/{event.pk}")
    for name in ("attachments", "feedback", "monitors", "releases", "settings/limits", "intake/requests"):
        yield f"/projects/shop/{name}/"
    for attachment in Attachment.objects.order_by("pk")[:2]:
        yield f"/projects/shop/attachments/{attachment.pk}/"
    yield from ("/", f"/api/projects/{project}/issues?filter=all&limit=100", "/metrics", "/health/ready")


def apart(step: Callable[[], Rows], seconds: float) -> tuple[list[dict[str, Any]], str]:
    """What `step` yields in a forked process, and why the process ended early: empty if it did not.

    It is killed past `seconds` of CPU time, and some more of wall-clock time.
    """
    reads, writes = os.pipe()
    sys.stdout.flush()
    if not (child := os.fork()):
        _run_and_exit(step, seconds, writes)
    os.close(writes)
    output, deadline = b"", time.monotonic() + 4 * seconds + 15
    while ready := select.select([reads], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(reads, 1 << 16)
        if not piece:
            break
        output += piece
    os.close(reads)
    if not ready:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    rows = [json.loads(line) for line in output.splitlines()]
    if not ready:
        return rows, f"> {4 * seconds + 15:.0f} s by the clock"
    if os.WIFSIGNALED(status):
        cpu = os.WTERMSIG(status) == signal.SIGXCPU
        return rows, f"> {seconds:.0f} s" if cpu else signal.Signals(os.WTERMSIG(status)).name
    return rows, "failed" if os.WEXITSTATUS(status) else ""


def _run_and_exit(step: Callable[[], Rows], seconds: float, writes: int) -> None:
    code = 1
    try:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _limit(_cpu() + seconds)
        _forget_peak()
        for row in step():
            os.write(writes, json.dumps(row).encode() + b"\n")
            _forget_peak()
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _limit(seconds: float) -> None:
    """Kill this process when it has used so much CPU time."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, resource.RLIM_INFINITY))


def _cpu() -> float:
    """CPU seconds of this process and of the children that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _status(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def _resident() -> float:
    """MiB."""
    return _status("VmRSS:")


def _peak() -> float:
    """The most that was resident since `_forget_peak`, in MiB."""
    return _status("VmHWM:")


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    django.setup()
    from rustrak.lib import plans

    with plans.by_index():
        worker = Worker()
        # Modules that are imported now need not be imported in every step.
        apart(worker._digest, 30)
        import rustrak.asgi
        import rustrak.urls  # noqa: F401

        attacks = {attack.name: attack for attack in hostile.ATTACKS}
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            print(json.dumps(worker.measure(attacks[order["name"]], order["seconds"])), flush=True)


if __name__ == "__main__":
    main()
