"""Reads the key in a request, in each of the forms that SDKs use, and looks up its project, from a cache.

The database is queried in a thread, and a request with a known key does not wait for it: see `Keys`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from django.db import Error

from ingest.edge.decode import header_values
from ingest.edge.errors import Unauthorized, Unavailable
from ingest.edge.holder import Holder
from ingest.edge.keys.lookup import look_up
from ingest.edge.keys.memory import KeyMemory
from ingest.edge.throttled_log import ThrottledLog
from ingest.ledger.outcomes import Reason

log = logging.getLogger(__name__)

# A new key must work within 2 s, and a revoked one must stop working.
FRESH_SECONDS = 1.0
STALE_SECONDS = 1.8
UNKNOWN_SECONDS = 1.0
# How often all keys are read, for the time when the database does not answer.
REMEMBER_SECONDS = 30.0
# How long a request waits for the database: with a key that is not in the cache, and with one that is.
ANSWER_SECONDS = 5.0
REFRESH_SECONDS = 1.0
MAX_CACHED = 10_000
# Unknown keys that may wait for the database at once, and keys in one query.
MAX_WAITING = 1_000
MAX_BATCH = 200
# Longer queries are refused, and longer headers have no key: reading them would take milliseconds.
MAX_QUERY_BYTES = 16 * 1024
_MAX_HEADER = 8 * 1024
_HEX = frozenset("0123456789abcdef")


def well_formed(text: str) -> str | None:
    """The key in `text`: 32 lower-case hex digits, without what old DSNs have after a dot; None if it is not one."""
    key = text.partition(".")[0].strip().lower()
    return key if len(key) == 32 and _HEX.issuperset(key) else None


class Credentials(NamedTuple):
    """The key in a request, or the reason that there is none, and the SDK as name/version (empty if not sent)."""

    key: str | None
    no_key: Reason
    sdk: str


# `Sentry sentry_key=…, sentry_version=7`: any order, any case of the scheme, any separators.
_field = re.compile(
    r"""(?:^|[\s,;&])(sentry_key|sentry_client)\s*=\s*"?([^\s,;&"]*)""", re.IGNORECASE
).findall
_sentry = re.compile(r"\s*sentry(?![^\s,;])", re.IGNORECASE).match


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _field(text):
        found.setdefault(name.lower(), value)
    return found


def _in_authorization(text: str) -> dict[str, str]:
    """The fields of an Authorization header: `Sentry …`, `Basic base64(key:)` or `DSN <dsn>`; none of other schemes."""
    if _sentry(text):
        return _fields(text)
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() == "dsn":
        return {"sentry_key": key_in_dsn(rest.strip()) or "no key"}
    if scheme.lower() == "basic":
        try:
            user = base64.b64decode(rest.strip(), validate=True).decode("latin-1").partition(":")[0]
        except ValueError:
            user = "no key"
        return {"sentry_key": user}
    return {}


def _in_query(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("latin-1"), max_num_fields=50)
    except ValueError:
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in {"sentry_key", "sentry_client"}:
            found.setdefault(name, value)
    return found


@lru_cache(maxsize=1024)
def _credentials(x_sentry_auth: bytes, authorization: bytes, query: bytes) -> Credentials:
    forms = [
        _fields(x_sentry_auth.decode("latin-1")) if x_sentry_auth else {},
        _in_authorization(authorization.decode("latin-1")) if authorization else {},
        _in_query(query) if query else {},
    ]
    sdk = next((form["sentry_client"] for form in forms if form.get("sentry_client")), "")
    given = [form["sentry_key"] for form in forms if form.get("sentry_key")]
    key = next((key for text in given if (key := well_formed(text))), None)
    return Credentials(key, Reason.MALFORMED_KEY if given else Reason.NO_KEY, header_values.text(sdk, 128))


def credentials(headers: Mapping[bytes, bytes], query: bytes) -> Credentials:
    """The first well-formed key in X-Sentry-Auth, in Authorization, or in the query, in this order."""
    x_sentry_auth = headers.get(b"x-sentry-auth", b"")
    authorization = headers.get(b"authorization", b"")
    if len(x_sentry_auth) + len(authorization) + len(query) > 2000:  # too large to be cached
        x_sentry_auth, authorization = x_sentry_auth[:_MAX_HEADER], authorization[:_MAX_HEADER]
        query = query if len(query) <= MAX_QUERY_BYTES else b""
        return _credentials.__wrapped__(x_sentry_auth, authorization, query)
    return _credentials(x_sentry_auth, authorization, query)


def key_in_dsn(dsn: object) -> str | None:
    """The key in a DSN, None if there is none. Envelopes sent through a tunnel have the DSN in their header."""
    if not isinstance(dsn, str) or len(dsn) > 2048:
        return None
    try:
        return well_formed(urlsplit(dsn).username or "")
    except ValueError:
        return None


class Keys:
    """The cache of keys. Any change in the database is seen within two seconds.

    A key that was looked up less than FRESH_SECONDS ago is answered from memory; until STALE_SECONDS it still is, while
    it is looked up again in the background. Look-ups are batched: there is one query at a time, however many requests
    wait. While the database fails, keys that it had when it last answered are accepted without waiting for it; for others
    `holder` raises Unavailable.
    """

    def __init__(
        self,
        look_up: Callable[[list[str] | None], Mapping[str, Holder]] = look_up,
        clock: Callable[[], float] = time.monotonic,
        memory: KeyMemory | None = None,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._memory = memory or KeyMemory(None)
        self._remembering: asyncio.Task[None] | None = None
        # Set when a key was found that is not remembered.
        self._found_another = asyncio.Event()
        # key -> (holder, when it was last looked up)
        self._known: dict[str, tuple[Holder, float]] = {}
        self._unknown: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Holder | None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._throttled = ThrottledLog(log, clock)
        # When the look-up that goes on was begun, and when one failed last.
        self._begun: float | None = None
        self._failed = -FRESH_SECONDS

    def start(self) -> None:
        """Read all keys now, soon after a new one was found, and every REMEMBER_SECONDS, until `close`."""
        self._remembering = asyncio.get_running_loop().create_task(self._remember_all())

    def close(self) -> None:
        """Read no more keys."""
        if self._remembering is not None:
            self._remembering.cancel()

    async def holder(self, key: str) -> Holder:
        """The key's holder. Raises Unauthorized if it does not exist, Unavailable if it cannot be looked up."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None:
            age = now - known[1]
            if age < FRESH_SECONDS:
                return known[0]
            if age < STALE_SECONDS:
                self._request(key, known=True)
                return known[0]
        elif now - self._unknown.get(key, -UNKNOWN_SECONDS) < UNKNOWN_SECONDS:
            raise Unauthorized(Reason.UNKNOWN_KEY)
        last = known[0] if known is not None else self._memory.get(key)
        answer = self._request(key, known=last is not None)
        if last is not None and self._is_away(now):
            return last
        try:
            holder = await asyncio.wait_for(
                asyncio.shield(answer), ANSWER_SECONDS if last is None else REFRESH_SECONDS
            )
        except (Error, TimeoutError):
            if last is None:
                raise Unavailable("the database does not answer; try again later") from None
            # As if it had been looked up: the requests of the next second do not wait for the same failure.
            self._keep(key, last, self._clock())
            return last
        if holder is None:
            raise Unauthorized(Reason.UNKNOWN_KEY)
        return holder

    def _is_away(self, now: float) -> bool:
        """Whether the database has just failed, or has been asked for a while and does not answer."""
        return now - self._failed < FRESH_SECONDS or (
            self._begun is not None and now - self._begun > REFRESH_SECONDS
        )

    def _request(self, key: str, *, known: bool) -> asyncio.Future[Holder | None]:
        """A future with the holder of `key`, None if it does not exist.

        Raises Unavailable if too many unknown keys are waiting: such a flood must not delay the known ones.
        """
        if (answer := self._waiting.get(key)) is not None:
            return answer
        if not known and len(self._waiting) >= MAX_WAITING:
            raise Unavailable("too many unknown keys at once; try again later")
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_retrieve_exception)
        if self._task is None:
            self._task = asyncio.create_task(self._answer())
        return answer

    async def _answer(self) -> None:
        """Look up the keys that requests wait for, in batches, until there are none."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                asked = dict(list(self._waiting.items())[:MAX_BATCH])
                self._begun = self._clock()
                try:
                    found = await loop.run_in_executor(None, self._look_up, list(asked))
                except Exception as error:  # raised in the requests that wait; the task must go on
                    self._throttled.log(
                        logging.WARNING, "look_up", "looking up project keys failed: %s", error
                    )
                    self._failed = self._clock()
                    failure = error if isinstance(error, Error) else Error(str(error))
                    for key, answer in asked.items():
                        del self._waiting[key]
                        if not answer.done():
                            answer.set_exception(failure)
                    continue
                now = self._clock()
                for key, answer in asked.items():
                    del self._waiting[key]
                    self._remember(key, found.get(key), now)
                    if not answer.done():
                        answer.set_result(found.get(key))
        finally:
            self._task = self._begun = None

    async def _remember_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._found_another.clear()
            try:
                self._memory.replace(await loop.run_in_executor(None, self._look_up, None))
            except Exception as error:  # what was read before is still known
                self._throttled.log(logging.WARNING, "look_up", "looking up project keys failed: %s", error)
            await asyncio.sleep(FRESH_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._found_another.wait(), REMEMBER_SECONDS)

    def _remember(self, key: str, holder: Holder | None, now: float) -> None:
        if holder is None:
            self._known.pop(key, None)
            self._memory.forget(key)
            _make_room(self._unknown)
            self._unknown[key] = now
        else:
            self._unknown.pop(key, None)
            self._keep(key, holder, now)
            if key not in self._memory:
                self._found_another.set()

    def _keep(self, key: str, holder: Holder, now: float) -> None:
        if key not in self._known:
            _make_room(self._known)
        self._known[key] = (holder, now)


def _make_room(cache: dict[str, Any]) -> None:
    """Remove the oldest entries of a full cache, so that one more fits."""
    while len(cache) >= MAX_CACHED:
        del cache[next(iter(cache))]


def _retrieve_exception(answer: asyncio.Future[Holder | None]) -> None:
    # Nothing awaits a refresh in the background; asyncio would log its exception a second time.
    if not answer.cancelled():
        answer.exception()
