"""What hostile inputs cost a real server: memory of many connections, lines in the log, and /health beside the worst pages."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from tests.bench import processes
from tests.lib import hostile, live
from tests.lib.api_client import ApiClient
from tests.lib.hostile import Attack
from tests.lib.hostile.logs import ATTACKS as LINES
from tests.lib.hostile.logs import Line
from tests.lib.live import Live

PASSWORD = "correct horse battery staple"
# How long one memory attack holds its connections, and how long a page or /health may take, in seconds.
HELD, PATIENCE = 2.5, 20.0


@dataclass(frozen=True)
class Held:
    """The MiB that a web process took for `attack` at most, and still had some time after the connections were closed."""

    attack: Attack
    most: float
    left: float
    answers: dict[int, int]


@dataclass(frozen=True)
class Logged:
    """The lines that `times` requests left in the log, and how many of them are of tracebacks."""

    line: Line
    times: int
    lines: int
    tracebacks: int


@dataclass(frozen=True)
class Health:
    """Milliseconds of the slowest page, and of /health meanwhile: median and worst."""

    name: str
    page: float
    median: float
    worst: float


class Target:
    """A server with a project whose key everybody knows."""

    def __init__(self, server: Live, say: Callable[[str], None]) -> None:
        self.server = server
        self.say = say
        server.create_user("bench@example.org", PASSWORD, admin=True)
        # Before the crowds, after which sign-ins from this address have to wait.
        self.api = ApiClient(server.url).sign_in("bench@example.org", PASSWORD)
        dsn = server.create_project("Shop")
        self.project = dsn.rsplit("/", 1)[1]
        self.key = dsn.split("//", 1)[1].split("@", 1)[0]
        self.host = f"127.0.0.1:{server.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE)

    def pss(self) -> float:
        found = processes.memory(self.server.process.pid).get("web")
        return found.pss if found else 0.0

    def fresh_worker(self) -> None:
        """Have the web process replaced, so that memory is counted from the start again."""
        old = {pid for pid, title in self.server.processes().items() if processes.part(title) == "web"}
        for pid in old:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            now = {pid for pid, title in self.server.processes().items() if processes.part(title) == "web"}
            if now - old and self.server.status("/accounts/login/") == 200:
                return
            time.sleep(0.05)
        raise SystemExit("the web process did not come back")


@contextmanager
def target(say: Callable[[str], None]) -> Iterator[Target]:
    """A server with one web process."""
    with live.start("sqlite", WEB_WORKERS="1", REGISTRATION="open") as server:
        yield Target(server, say)


def held(target: Target, attacks: Iterable[Attack]) -> list[Held]:
    """The memory that each of `attacks` costs."""
    found = []
    for attack in attacks:
        target.fresh_worker()
        before = target.pss()
        most, answers = before, Counter[int]()
        connections: list[socket.socket] = []
        try:
            posts = attack.make()
            bodies = [
                post.encoded(target.host, target.project, target.key, claimed=attack.claimed)
                for post in posts
            ]
            sender = threading.Thread(target=_send_all, args=(target, bodies, attack.held, connections))
            sender.start()
            until = time.monotonic() + (HELD if attack.claimed else PATIENCE)
            while time.monotonic() < until and (
                attack.claimed or sender.is_alive() or not _answered(connections)
            ):
                most = max(most, target.pss())
                time.sleep(0.03)
            sender.join()
            most = max(most, target.pss())
            for one in connections:
                answers[_status_of(one)] += 1
        finally:
            for one in connections:
                one.close()
        time.sleep(1.0)
        left = target.pss()
        found.append(Held(attack, max(most, left) - before, left - before, dict(answers)))
        target.say(f"hostile: memory: {attack.name}: {most - before:.0f} MiB, {dict(answers)}")
    return found


def _send_all(target: Target, bodies: list[bytes], count: int, connections: list[socket.socket]) -> None:
    """Open `count` connections, and send each its request as far as the server takes it."""
    left: dict[socket.socket, memoryview] = {}
    for number in range(count):
        try:
            one = target.connect()
        except OSError:
            continue
        one.setblocking(False)
        connections.append(one)
        left[one] = memoryview(bodies[number % len(bodies)])
    until = time.monotonic() + HELD
    while left and time.monotonic() < until:
        stuck = True
        for one in list(left):
            try:
                left[one] = left[one][one.send(left[one]) :]
                stuck = False
            except BlockingIOError:
                continue
            except OSError:
                left[one] = memoryview(b"")
            if not left[one]:
                del left[one]
        if stuck:
            time.sleep(0.005)


def _answered(connections: list[socket.socket]) -> bool:
    for one in connections:
        try:
            one.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            continue
    return True


def _status_of(connection: socket.socket) -> int:
    """The status that was answered; 0 for none so far, 1 for a closed connection."""
    try:
        answer = connection.recv(4096)
    except BlockingIOError:
        return 0
    except OSError:
        return 1
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 1


def logged(target: Target, times: int, *, only_examples: bool) -> list[Logged]:
    """The lines that each of the log's attacks leaves, sent `times` times."""
    found = []
    for line in LINES:
        if only_examples and not line.example:
            continue
        before = target.server.output()
        sent = line.sent.replace(b"HOST", target.host.encode())
        sent = sent.replace(b"PROJECT", target.project.encode()).replace(b"KEY", target.key.encode())
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(partial(_once, target), [sent] * times))
        time.sleep(0.1)
        written = target.server.output()[len(before) :]
        found.append(Logged(line, times, written.count("\n"), written.count("Traceback")))
    return found


def _once(target: Target, sent: bytes) -> None:
    with suppress(OSError), target.connect() as connection:
        connection.settimeout(0.3)
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def health(target: Target, attacks: Iterable[Attack], seconds: float) -> list[Health]:
    """/health while four people open the pages of each attack's newest event for so many seconds."""
    found = []
    api = target.api
    cookie = "; ".join(f"{one.name}={one.value}" for one in api.jar)
    slug = api.get(f"/api/projects/{target.project}")["slug"]
    quiet = _polled(target, lambda: time.sleep(1))
    found.append(Health("nothing", 0.0, *quiet))
    for attack in attacks:
        before = _newest(target)
        for post in attack.make()[:1]:
            with target.connect() as connection, suppress(OSError):
                connection.sendall(post.encoded(target.host, target.project, target.key))
                connection.recv(65536)
        until = time.monotonic() + PATIENCE
        while (newest := _newest(target)) == before and time.monotonic() < until:
            time.sleep(0.2)
        if newest is None or newest == before:
            target.say(f"hostile: health: {attack.name}: no event was stored")
            continue
        event, issue = newest
        path = f"/projects/{slug}/issues/{issue}/events/{event}/"
        taken: list[float] = []
        half = _polled(target, partial(_open_by_four, target, path, cookie, seconds, taken))
        found.append(Health(attack.name, max(taken, default=PATIENCE * 1000), *half))
        target.say(f"hostile: health: {found[-1]}")
        if found[-1].page >= PATIENCE * 1000:
            target.fresh_worker()
    return found


def _newest(target: Target) -> tuple[UUID, UUID] | None:
    """The event that was stored last, and its issue."""
    rows = target.server.rows("SELECT id, issue_id FROM issues_event ORDER BY id DESC LIMIT 1")
    return (UUID(str(rows[0][0])), UUID(str(rows[0][1]))) if rows else None


def _open_by_four(target: Target, path: str, cookie: str, seconds: float, taken: list[float]) -> None:
    until = time.monotonic() + seconds

    def person() -> None:
        while time.monotonic() < until:
            taken.append(_get(target, path, {"Cookie": cookie}))

    people = [threading.Thread(target=person) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()


def _polled(target: Target, work: Callable[[], None]) -> tuple[float, float]:
    """Median and worst milliseconds of /health while `work` runs."""
    done = threading.Event()
    taken: list[float] = []

    def poll() -> None:
        while not done.is_set():
            taken.append(_get(target, "/health", {}))
            done.wait(0.01)

    poller = threading.Thread(target=poll)
    poller.start()
    work()
    done.set()
    poller.join()
    taken.sort()
    return taken[len(taken) // 2], taken[-1]


def _get(target: Target, path: str, headers: dict[str, str]) -> float:
    """The milliseconds of a GET; PATIENCE when there is no answer."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", target.server.port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return PATIENCE * 1000
    finally:
        connection.close()
    return (time.perf_counter() - begun) * 1000


def held_attacks(*, quick: bool) -> list[Attack]:
    """Those that need connections."""
    return [one for one in hostile.ATTACKS if one.held and (one.example or not quick)]
