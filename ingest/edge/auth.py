"""The many ways an SDK names its key, and the project the key belongs to, from a cache.

The database is asked in a thread and never by the request path while a key is known: see `Keys`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from django.db import Error, connection
from django.db.models import Subquery

from accounts.models import Project
from ingest.edge.errors import Unauthorized, Unavailable
from ingest.ledger.outcomes import Reason
from ingest.models import InstallationQuota
from ingest.rate_limits.configured import limits_of, still_exceeded
from ingest.rate_limits.windows import Exceeded, RateLimits

log = logging.getLogger(__name__)

# A new or rotated key must work within 2 s, and a withdrawn one stop working.
FRESH_SECONDS = 1.0
STALE_SECONDS = 1.8
UNKNOWN_SECONDS = 1.0
# How long a key that was right goes on being accepted while the database doesn't answer.
OUTAGE_SECONDS = 15 * 60.0
ANSWER_SECONDS = 5.0
COMPLAINT_SECONDS = 60.0
MAX_CACHED = 10_000
MAX_WAITING = 1_000
_HEX = frozenset("0123456789abcdef")


def well_formed(text: str) -> str | None:
    """`text` as a key: 32 lower-case hex digits, without flags after a dot; None when it is none."""
    key = text.partition(".")[0].strip().lower()
    return key if len(key) == 32 and _HEX.issuperset(key) else None


class Credentials(NamedTuple):
    """What a request itself says of who sends it: the key, or why there is none, and the SDK's name/version."""

    key: str | None
    no_key: Reason
    sdk: str


class Holder(NamedTuple):
    """Whose key it is, the origins that browsers may send from (empty: any), how many events may come, and
    which limits are used up as far as the database knows."""

    project_id: int
    allowed_origins: tuple[str, ...] = ()
    limits: RateLimits = RateLimits()
    exceeded: tuple[Exceeded, ...] = ()


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
    """The fields of an Authorization header: `Sentry …`, `Basic base64(key:)` or `DSN <dsn>`; others are not for us."""
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
    return Credentials(key, Reason.MALFORMED_KEY if given else Reason.NO_KEY, sdk[:128])


def credentials(headers: Mapping[bytes, bytes], query: bytes) -> Credentials:
    """The first good key of X-Sentry-Auth, else of Authorization, else of the query."""
    x_sentry_auth = headers.get(b"x-sentry-auth", b"")
    authorization = headers.get(b"authorization", b"")
    if len(x_sentry_auth) + len(authorization) + len(query) > 2000:  # nothing to fill the cache with
        return _credentials.__wrapped__(x_sentry_auth, authorization, query)
    return _credentials(x_sentry_auth, authorization, query)


def key_in_dsn(dsn: object) -> str | None:
    """The public key of a DSN, such as an envelope's header carries through a tunnel."""
    if not isinstance(dsn, str) or len(dsn) > 2048:
        return None
    try:
        return well_formed(urlsplit(dsn).username or "")
    except ValueError:
        return None


def look_up(keys: list[str]) -> dict[str, Holder]:
    """The holders of those keys that exist. Runs in a thread; leaves no connection open in it."""
    try:
        found = Project.objects.filter(sentry_key__in=keys).annotate(
            everybody_until=Subquery(InstallationQuota.objects.filter(pk=1).values("exceeded_until")),
            everybody_reason=Subquery(InstallationQuota.objects.filter(pk=1).values("exceeded_reason")),
        )
        return {row["sentry_key"]: _holder(row) for row in found.values(*_HOLDER)}
    finally:
        connection.close()


_HOLDER = (
    "sentry_key", "id", "filters__allowed_origins", "max_events_per_minute", "max_events_per_hour",
    "quota_exceeded_until", "quota_exceeded_reason", "everybody_until", "everybody_reason",
)  # fmt: skip


def _holder(row: Mapping[str, Any]) -> Holder:
    limits = limits_of(row["max_events_per_minute"], row["max_events_per_hour"])
    exceeded = still_exceeded(
        limits,
        (row["quota_exceeded_until"], row["quota_exceeded_reason"]),
        (row["everybody_until"], row["everybody_reason"] or ""),
    )
    return Holder(row["id"], _lines(row["filters__allowed_origins"]), limits, exceeded)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for part in (text or "").splitlines() if (line := part.strip()))


class Keys:
    """Whose key it is, known within two seconds of any change.

    A key asked for within FRESH_SECONDS is answered from memory; until STALE_SECONDS it still is, and looked
    up again behind the answer. Look-ups are batched: one query at a time, whatever the crowd. While the
    database fails, keys known to be right stay so for OUTAGE_SECONDS; others raise Unavailable.
    """

    def __init__(
        self,
        look_up: Callable[[list[str]], Mapping[str, Holder]] = look_up,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        # key -> (holder, when it was last seen in the database, when it was last asked for)
        self._known: dict[str, tuple[Holder, float, float]] = {}
        self._unknown: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Holder | None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._complained = -COMPLAINT_SECONDS

    async def holder(self, key: str) -> Holder:
        """The key's holder. Raises Unauthorized, or Unavailable when nobody can say."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None:
            age = now - known[2]
            if age < FRESH_SECONDS:
                return known[0]
            if age < STALE_SECONDS:
                self._ask(key, known=True)
                return known[0]
        elif now - self._unknown.get(key, -UNKNOWN_SECONDS) < UNKNOWN_SECONDS:
            raise Unauthorized(Reason.UNKNOWN_KEY)
        answer = self._ask(key, known=known is not None)
        try:
            holder = await asyncio.wait_for(asyncio.shield(answer), ANSWER_SECONDS if known is None else 1.0)
        except (Error, TimeoutError):
            if known is None or now - known[1] > OUTAGE_SECONDS:
                raise Unavailable("the database does not answer; try again later") from None
            # Asked for just now: the next second's requests don't wait for the same failure.
            self._known[key] = (known[0], known[1], self._clock())
            return known[0]
        if holder is None:
            raise Unauthorized(Reason.UNKNOWN_KEY)
        return holder

    def _ask(self, key: str, *, known: bool) -> asyncio.Future[Holder | None]:
        """The coming answer about `key`. A flood of keys nobody knows never keeps out those we know."""
        if (answer := self._waiting.get(key)) is not None:
            return answer
        if not known and len(self._waiting) >= MAX_WAITING:
            raise Unavailable("too many unknown keys at once; try again later")
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if self._task is None:
            self._task = asyncio.create_task(self._answer())
        return answer

    async def _answer(self) -> None:
        """Answers all who wait, in batches, until nobody does."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                asked = dict(list(self._waiting.items())[:200])
                try:
                    found = await loop.run_in_executor(None, self._look_up, list(asked))
                except Exception as error:  # whoever waits gets it; the task must live on
                    self._complain(error)
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
            self._task = None

    def _complain(self, error: Exception) -> None:
        now = self._clock()
        if now - self._complained >= COMPLAINT_SECONDS:
            self._complained = now
            log.warning("looking up project keys failed: %s", error)

    def _remember(self, key: str, holder: Holder | None, now: float) -> None:
        if holder is None:
            self._known.pop(key, None)
            _bounded(self._unknown)
            self._unknown[key] = now
        else:
            self._unknown.pop(key, None)
            if key not in self._known:
                _bounded(self._known)
            self._known[key] = (holder, now, now)


def _bounded(cache: dict[str, Any]) -> None:
    """Makes room for one more: the oldest entries go first."""
    while len(cache) >= MAX_CACHED:
        del cache[next(iter(cache))]


def _seen(answer: asyncio.Future[Holder | None]) -> None:
    # A refresh behind an answer has nobody waiting; its failure is logged where it happened.
    if not answer.cancelled():
        answer.exception()
