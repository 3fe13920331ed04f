"""Rate limits and the windows in which they count. Pure.

Limits count accepted error events per clock minute and clock hour (UTC), of a project and of the whole installation:
docs/operations.md, "Limits". A key of a project can have limits of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE, HOUR = 60, 3600
# How many seconds the clocks of machines that share a database may differ, and a clock may be set back in its course.
_DIFFERENCE = 60
# The most seconds of a Retry-After. For the hour it is short, so that clients soon notice a limit that was raised.
_LONGEST_RETRY = {MINUTE: 60, HOUR: 300}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Events per minute and per hour, of a project, of the installation and of one key; 0 means no limit."""

    project_minute: int = 0
    project_hour: int = 0
    installation_minute: int = 0
    installation_hour: int = 0
    key_minute: int = 0
    key_hour: int = 0

    @property
    def of_key(self) -> bool:
        """Whether the key has a limit of its own."""
        return bool(self.key_minute or self.key_hour)

    @property
    def unlimited(self) -> bool:
        """Whether no limit is set."""
        return not (
            self.project_minute
            or self.project_hour
            or self.installation_minute
            or self.installation_hour
            or self.of_key
        )


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that is used up: whose (`key`, `project` or `installation`), of which window (60 or 3600 seconds), and the end of
    that window (Unix time)."""

    scope: str
    window: int
    limit: int
    until: int

    def in_force(self, now: float) -> bool:
        """Whether it is used up at `now`. A window that ends later than one that begins now was stored by a wrong clock."""
        return now < self.until <= now + self.window + _DIFFERENCE

    def retry_after(self, now: float) -> int:
        """Whole seconds after which a client should try again."""
        left = -int((now - self.until) // 1)
        return max(1, min(left, _LONGEST_RETRY[self.window]))

    @property
    def reason(self) -> str:
        """The limit as a reason in the ledger, such as `project_minute`."""
        return f"{self.scope}_{'minute' if self.window == MINUTE else 'hour'}"

    @property
    def name(self) -> str:
        """As it is stored, such as `project_minute:20000`. If the limit is changed, the stored name no longer applies."""
        return f"{self.reason}:{self.limit}"


@dataclass(slots=True)
class WindowCounter:
    """How many events one scope accepted in its current minute and hour (whole ones since 1970, UTC)."""

    minute: int = 0
    in_minute: int = 0
    hour: int = 0
    in_hour: int = 0

    def turn(self, now: float) -> None:
        """Begin new windows if the old ones are over, or begin so much later that the clock was wrong.

        A clock that is set back a little does not begin any: what was used up would be available again.
        """
        minute, hour = int(now // MINUTE), int(now // HOUR)
        if minute > self.minute or self.minute * MINUTE - now > _DIFFERENCE:
            self.minute, self.in_minute = minute, 0
        if hour > self.hour or self.hour * HOUR - now > _DIFFERENCE:
            self.hour, self.in_hour = hour, 0

    def exceeded(self, scope: str, per_minute: int, per_hour: int, quantity: int = 1) -> Exceeded | None:
        """The limit that `quantity` more events would exceed; the hour's first, as it lasts longer."""
        if per_hour and self.in_hour + quantity > per_hour:
            return Exceeded(scope, HOUR, per_hour, (self.hour + 1) * HOUR)
        if per_minute and self.in_minute + quantity > per_minute:
            return Exceeded(scope, MINUTE, per_minute, (self.minute + 1) * MINUTE)
        return None

    def add(self, quantity: int) -> None:
        """Count `quantity` events; a negative number takes them back."""
        self.in_minute = max(0, self.in_minute + quantity)
        self.in_hour = max(0, self.in_hour + quantity)


def exceeded(
    installation: WindowCounter, project: WindowCounter, limits: RateLimits, quantity: int = 1
) -> Exceeded | None:
    """The limit that `quantity` more events of a project would exceed, the project's own first."""
    return project.exceeded(
        "project", limits.project_minute, limits.project_hour, quantity
    ) or installation.exceeded("installation", limits.installation_minute, limits.installation_hour, quantity)
