from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError

from accounts.models import Project
from ingest import auth
from ingest.auth import Keys
from ingest.errors import NoRoom, Unauthorized

KEY = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


@pytest.mark.parametrize(
    "header",
    [
        f"Sentry sentry_key={KEY}",
        f"sentry sentry_key={KEY}",
        f"Sentry sentry_version=7, sentry_client=x/1, sentry_key={KEY}",
        f"Sentry sentry_version=7,sentry_client=x/1,sentry_key={KEY},sentry_secret=y",
        f"SENTRY  sentry_timestamp=1.5 ,  sentry_key={KEY} , strange=1",
        f"Sentry sentry_key={KEY}.no-cache",
        f"Sentry sentry_key={KEY.upper()}",
    ],
)
def test_a_key_in_a_header(header: str) -> None:
    for name in (b"x-sentry-auth", b"authorization"):
        assert auth.request_key({name: header.encode()}, b"") == KEY


@pytest.mark.parametrize(
    "header",
    [
        "", "Sentry", f"Bearer {KEY}", f"Basic {base64.b64encode(KEY.encode()).decode()}", "Sentry sentry_key=",
        f"Sentry sentry_key={KEY[:-1]}", f"Sentry sentry_key={KEY}0", f"Sentry sentry_key={'g' * 32}",
        f"Sentry other={KEY}", "Sentry sentry_key=é" + KEY[1:],
    ],
)  # fmt: skip
def test_no_key_in_a_header(header: str) -> None:
    assert auth.request_key({b"x-sentry-auth": header.encode("latin-1")}, b"") is None


def test_a_key_in_the_query() -> None:
    query = f"sentry_version=7&sentry_key={KEY}&sentry_client=a%2F1".encode()
    assert auth.request_key({}, query) == KEY
    assert auth.request_key({b"x-sentry-auth": b""}, query) == KEY
    assert auth.request_key({b"authorization": b"Bearer x"}, query) == KEY
    assert auth.request_key({}, b"sentry_key=nonsense") is None
    assert auth.request_key({}, b"&" * 1000 + b"a=1&" * 1000) is None


def test_the_header_wins_over_the_query() -> None:
    assert (
        auth.request_key({b"x-sentry-auth": f"Sentry sentry_key={KEY}".encode()}, b"sentry_key=" + b"f" * 32)
        == KEY
    )


@pytest.mark.parametrize(
    ("dsn", "key"),
    [
        (f"https://{KEY}@errors.example.org/1", KEY),
        (f"https://{KEY}:secret@errors.example.org:9000/prefix/1", KEY),
        ("https://errors.example.org/1", None),
        ("https://[nonsense/1", None),
        (None, None),
        ({"a": 1}, None),
        ("x" * 5000, None),
    ],
)
def test_a_key_in_a_dsn(dsn: object, key: str | None) -> None:
    assert auth.key_in_dsn(dsn) == key


class Table:
    """Keys and their projects; counts how often it is asked and fails on demand."""

    def __init__(self) -> None:
        self.rows = {KEY: 42}
        self.asked: list[list[str]] = []
        self.down = False
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, keys: list[str]) -> dict[str, int]:
        self.asked.append(keys)
        self.gate.wait(10)
        if self.down:
            raise OperationalError("the database is down")
        return {key: self.rows[key] for key in keys if key in self.rows}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(table: Table, clock: Clock) -> Keys:
    return Keys(table, clock)


async def settled(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        await asyncio.sleep(0.005)


async def test_a_known_key_is_looked_up_once_a_second_at_most(keys: Keys, table: Table, clock: Clock) -> None:
    for _ in range(100):
        assert await keys.project(KEY) == 42
    assert len(table.asked) == 1
    clock.now += auth.FRESH_SECONDS
    table.gate.clear()
    for _ in range(100):
        assert await keys.project(KEY) == 42  # nobody waits for the look-up behind it
    table.gate.set()
    await settled(lambda: len(table.asked) == 2)


async def test_a_withdrawn_key_stops_working_within_two_seconds(
    keys: Keys, table: Table, clock: Clock
) -> None:
    assert await keys.project(KEY) == 42
    del table.rows[KEY]
    clock.now += 2
    with pytest.raises(Unauthorized):
        await keys.project(KEY)


async def test_a_new_key_works_within_two_seconds(keys: Keys, table: Table, clock: Clock) -> None:
    for _ in range(50):
        with pytest.raises(Unauthorized):
            await keys.project(OTHER)
    assert len(table.asked) == 1
    table.rows[OTHER] = 7
    clock.now += 2
    assert await keys.project(OTHER) == 7


async def test_no_key_asks_nobody(keys: Keys, table: Table) -> None:
    with pytest.raises(Unauthorized):
        await keys.project(None)
    assert table.asked == []


async def test_a_crowd_shares_look_ups(keys: Keys, table: Table) -> None:
    table.rows |= {f"{number:032x}": number for number in range(150)}
    asked = [keys.project(f"{number % 150:032x}") for number in range(600)]
    assert await asyncio.gather(*asked) == [number % 150 for number in range(600)]
    assert len(table.asked) <= 3


async def test_known_keys_go_on_while_the_database_is_down(keys: Keys, table: Table, clock: Clock) -> None:
    assert await keys.project(KEY) == 42
    table.down = True
    for _ in range(10):
        clock.now += 60
        assert await keys.project(KEY) == 42
    asked = len(table.asked)
    assert await keys.project(KEY) == 42
    assert len(table.asked) == asked  # one failure a second is enough
    with pytest.raises(NoRoom):
        await keys.project(OTHER)
    clock.now += auth.OUTAGE_SECONDS
    with pytest.raises(NoRoom):
        await keys.project(KEY)
    table.down = False
    assert await keys.project(KEY) == 42


async def test_a_database_that_hangs_holds_nobody_up_for_long(
    keys: Keys, table: Table, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "ANSWER_SECONDS", 0.05)
    assert await keys.project(KEY) == 42
    clock.now += 10
    table.gate.clear()
    try:
        assert await keys.project(KEY) == 42
        with pytest.raises(NoRoom):
            await keys.project(OTHER)
    finally:
        table.gate.set()
    await settled(lambda: keys._task is None)


async def test_a_flood_of_unknown_keys_is_bounded(
    keys: Keys, table: Table, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MAX_CACHED", 10)
    monkeypatch.setattr(auth, "MAX_WAITING", 50)
    assert await keys.project(KEY) == 42
    clock.now += 10
    table.gate.clear()
    flood = [asyncio.create_task(keys.project(f"{number:032x}")) for number in range(80)]
    await asyncio.sleep(0.01)
    known = asyncio.create_task(keys.project(KEY))
    await asyncio.sleep(0.01)
    table.gate.set()
    results = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(result, NoRoom) for result in results) == 30
    assert sum(isinstance(result, Unauthorized) for result in results) == 50
    assert await known == 42
    assert len(keys._unknown) <= 10


@pytest.mark.django_db(transaction=True)
async def test_keys_are_found_in_the_database(shop: Project) -> None:
    keys = Keys()
    assert await keys.project(shop.sentry_key) == shop.pk
    with pytest.raises(Unauthorized):
        await keys.project(OTHER)
