from __future__ import annotations

import asyncio
import base64
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError

from accounts.models import Project
from ingest.edge import auth
from ingest.edge.auth import Keys
from ingest.edge.errors import Unauthorized, Unavailable
from ingest.edge.holder import Holder
from ingest.edge.keys.memory import KeyMemory
from ingest.models import InboundFilters
from ingest.rate_limits.windows import RateLimits

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
        f"Sentry sentry_version=7;sentry_key={KEY};strange=1",
        f"Sentry\tsentry_key = {KEY}",
        f'Sentry sentry_key="{KEY}"',
        f"Sentry sentry_key={KEY}.no-cache",
        f"Sentry Sentry_Key={KEY.upper()}",
    ],
)
def test_a_key_in_a_header(header: str) -> None:
    for name in (b"x-sentry-auth", b"authorization"):
        assert auth.credentials({name: header.encode()}, b"").key == KEY


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "header", [basic(f"{KEY}:"), basic(f"{KEY}:secret"), basic(KEY).replace("Basic", "basic"), f"DSN https://{KEY}@x.org/1"]
)  # fmt: skip
def test_a_key_in_authorization(header: str) -> None:
    assert auth.credentials({b"authorization": header.encode()}, b"").key == KEY


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "no_key"), ("Sentry", "no_key"), ("Sentry sentry_key=", "no_key"), (f"Sentry other={KEY}", "no_key"),
        (f"Bearer {KEY}", "no_key"), (f"Sentrysentry_key={KEY}", "no_key"),
        (f"Sentry sentry_key={KEY[:-1]}", "malformed_key"), (f"Sentry sentry_key={KEY}0", "malformed_key"),
        (f"Sentry sentry_key={'g' * 32}", "malformed_key"), ("Sentry sentry_key=é" + KEY[1:], "malformed_key"),
        (basic("ana:password"), "malformed_key"), ("Basic é", "malformed_key"), ("DSN nonsense", "malformed_key"),
    ],
)  # fmt: skip
def test_no_key_in_a_header(header: str, reason: str) -> None:
    found = auth.credentials({b"authorization": header.encode("latin-1")}, b"")
    assert (found.key, found.no_key) == (None, reason)


def test_a_key_in_the_query() -> None:
    query = f"sentry_version=7&sentry_key={KEY}&sentry_client=a%2F1".encode()
    assert auth.credentials({}, query)[::2] == (KEY, "a/1")
    assert auth.credentials({b"x-sentry-auth": b""}, query).key == KEY
    assert auth.credentials({b"authorization": b"Bearer x"}, query).key == KEY
    assert auth.credentials({b"x-sentry-auth": b"Sentry sentry_key=nonsense"}, query).key == KEY
    assert auth.credentials({}, b"sentry_key=nonsense").no_key == "malformed_key"
    assert auth.credentials({}, b"&" * 1000 + b"a=1&" * 1000).key is None


def test_the_header_takes_precedence_over_the_query() -> None:
    headers = {b"x-sentry-auth": f"Sentry sentry_key={KEY},sentry_client=x/2".encode()}
    assert auth.credentials(headers, b"sentry_client=y&sentry_key=" + b"f" * 32)[::2] == (KEY, "x/2")


def test_long_headers_are_not_cached() -> None:
    auth._credentials.cache_clear()
    assert auth.credentials({b"x-sentry-auth": b"x" * 3000}, b"").key is None
    assert auth._credentials.cache_info().currsize == 0


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
        self.rows = {KEY: Holder(42)}
        self.asked: list[list[str]] = []
        self.down = False
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, keys: list[str] | None) -> dict[str, Holder]:
        self.asked.append(keys or [])
        self.gate.wait(10)
        if self.down:
            raise OperationalError("the database is down")
        return {key: self.rows[key] for key in (self.rows if keys is None else keys) if key in self.rows}


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
        assert (await keys.holder(KEY)).project_id == 42
    assert len(table.asked) == 1
    clock.now += auth.FRESH_SECONDS
    table.gate.clear()
    for _ in range(100):
        assert (await keys.holder(KEY)).project_id == 42  # nobody waits for the look-up behind it
    table.gate.set()
    await settled(lambda: len(table.asked) == 2)


async def test_a_revoked_key_stops_working_within_two_seconds(keys: Keys, table: Table, clock: Clock) -> None:
    assert (await keys.holder(KEY)).project_id == 42
    del table.rows[KEY]
    clock.now += 2
    with pytest.raises(Unauthorized):
        await keys.holder(KEY)


async def test_a_new_key_works_within_two_seconds(keys: Keys, table: Table, clock: Clock) -> None:
    for _ in range(50):
        with pytest.raises(Unauthorized):
            await keys.holder(OTHER)
    assert len(table.asked) == 1
    table.rows[OTHER] = Holder(7)
    clock.now += 2
    assert (await keys.holder(OTHER)).project_id == 7


async def test_concurrent_requests_share_look_ups(keys: Keys, table: Table) -> None:
    table.rows |= {f"{number:032x}": Holder(number) for number in range(150)}
    asked = [keys.holder(f"{number % 150:032x}") for number in range(600)]
    assert await asyncio.gather(*asked) == [Holder(number % 150) for number in range(600)]
    assert len(table.asked) <= 3


async def test_known_keys_are_accepted_while_the_database_is_down(
    keys: Keys, table: Table, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await keys.holder(KEY)).project_id == 42
    table.down = True
    for _ in range(10):
        clock.now += 30
        assert (await keys.holder(KEY)).project_id == 42
    assert len(caplog.records) == 5  # once a minute is enough
    asked = len(table.asked)
    assert (await keys.holder(KEY)).project_id == 42
    assert len(table.asked) == asked  # one failure a second is enough
    with pytest.raises(Unavailable):
        await keys.holder(OTHER)
    clock.now += 30 * 86_400
    assert (await keys.holder(KEY)).project_id == 42
    del table.rows[KEY]
    table.down = False
    clock.now += 2
    with pytest.raises(Unauthorized):
        await keys.holder(KEY)


async def test_all_keys_are_remembered_also_across_a_restart(
    table: Table, clock: Clock, tmp_path: Path
) -> None:
    limits = RateLimits(1, 2, 3, 4)
    table.rows = {KEY: Holder(42, ("https://a.example",), limits), OTHER: Holder(7)}
    path = tmp_path / "run" / "keys.json"
    keys = Keys(table, clock, KeyMemory(path))
    keys.start()
    await settled(path.exists)
    keys.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    table.down = True
    for started in (keys, Keys(table, clock, KeyMemory(path))):
        assert await started.holder(KEY) == Holder(42, ("https://a.example",), limits)
        assert await started.holder(OTHER) == Holder(7)
        with pytest.raises(Unavailable):
            await started.holder("c" * 32)


async def test_a_new_key_is_remembered_as_soon_as_it_is_used(
    table: Table, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "FRESH_SECONDS", 0.01)
    keys, others = (Keys(table, clock, KeyMemory(tmp_path / "keys")) for _ in range(2))
    keys.start()
    await settled((tmp_path / "keys").exists)
    table.rows[OTHER] = Holder(7)
    await keys.holder(OTHER)
    await settled(lambda: OTHER in (tmp_path / "keys").read_text())
    keys.close()
    table.down = True
    assert (await others.holder(OTHER)).project_id == 7


async def test_a_key_that_the_database_has_lost_is_not_remembered(table: Table, clock: Clock) -> None:
    keys = Keys(table, clock, memory := KeyMemory(None))
    memory.replace({KEY: Holder(42), OTHER: Holder(7)})
    table.rows = {}
    with pytest.raises(Unauthorized):
        await keys.holder(KEY)
    table.down = True
    clock.now += 10
    with pytest.raises(Unavailable):
        await keys.holder(KEY)
    assert (await keys.holder(OTHER)).project_id == 7


async def test_while_the_database_hangs_only_the_first_request_waits(
    table: Table, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys(table, clock, memory := KeyMemory(None))
    memory.replace({f"{number:032x}": Holder(number) for number in range(1, 500)})
    monkeypatch.setattr(auth, "REFRESH_SECONDS", 0.1)
    table.gate.clear()
    try:
        await keys.holder(f"{1:032x}")
        clock.now += 2
        begun = time.monotonic()
        for number in range(2, 500):
            assert (await keys.holder(f"{number:032x}")).project_id == number
        assert time.monotonic() - begun < 5
    finally:
        table.gate.set()
    await settled(lambda: keys._task is None)


async def test_a_database_that_hangs_does_not_delay_requests_for_long(
    keys: Keys, table: Table, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "ANSWER_SECONDS", 0.05)
    assert (await keys.holder(KEY)).project_id == 42
    clock.now += 10
    table.gate.clear()
    try:
        assert (await keys.holder(KEY)).project_id == 42
        with pytest.raises(Unavailable):
            await keys.holder(OTHER)
    finally:
        table.gate.set()
    await settled(lambda: keys._task is None)


async def test_a_flood_of_unknown_keys_is_bounded(
    keys: Keys, table: Table, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MAX_CACHED", 10)
    monkeypatch.setattr(auth, "MAX_WAITING", 50)
    assert (await keys.holder(KEY)).project_id == 42
    clock.now += 10
    table.gate.clear()
    flood = [asyncio.create_task(keys.holder(f"{number:032x}")) for number in range(80)]
    await asyncio.sleep(0.01)
    known = asyncio.create_task(keys.holder(KEY))
    await asyncio.sleep(0.01)
    table.gate.set()
    results = await asyncio.gather(*flood, return_exceptions=True)
    assert sum(isinstance(result, Unavailable) for result in results) == 30
    assert sum(isinstance(result, Unauthorized) for result in results) == 50
    assert (await known).project_id == 42
    assert len(keys._unknown) <= 10


@pytest.mark.django_db(transaction=True)
async def test_keys_are_found_in_the_database(shop: Project) -> None:
    keys = Keys()
    assert (await keys.holder(shop.sentry_key))[:2] == (shop.pk, ())
    with pytest.raises(Unauthorized):
        await keys.holder(OTHER)


@pytest.fixture
def origins(shop: Project) -> None:
    InboundFilters.objects.create(project=shop, allowed_origins="\n https://a.example \r\n*.b.example\n")


@pytest.mark.django_db(transaction=True)
async def test_the_allowed_origins_come_with_the_key(shop: Project, origins: None) -> None:
    keys = Keys()
    assert (await keys.holder(shop.sentry_key)).allowed_origins == ("https://a.example", "*.b.example")
