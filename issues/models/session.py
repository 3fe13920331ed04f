"""Release health: sessions counted per release and day."""

from __future__ import annotations

from django.db import models

from accounts.models import Project


class SessionDay(models.Model):
    """How many sessions of a release in an environment started on one day (UTC), and how many of them went wrong.

    `errored` counts all sessions in which anything went wrong; `crashed`, `abnormal` and `unhandled` count those of
    them that ended in this way, each session in one of them at most.
    """

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="session_days", db_index=False
    )
    day = models.DateField()
    release = models.CharField(max_length=200)
    environment = models.CharField(max_length=64, blank=True)
    total = models.PositiveBigIntegerField(default=0)
    errored = models.PositiveBigIntegerField(default=0)
    crashed = models.PositiveBigIntegerField(default=0)
    abnormal = models.PositiveBigIntegerField(default=0)
    unhandled = models.PositiveBigIntegerField(default=0)
    # How many people have a row in SessionPerson. Past issues.sessions.people.MAX_PER_DAY those who are new get none.
    people = models.PositiveBigIntegerField(default=0, db_default=0)
    # How many of its sessions have a KnownSession: new ones get none past the limits of issues.sessions.known_sessions.
    known = models.PositiveBigIntegerField(default=0, db_default=0)
    # Whether somebody was left out: then `people` is the least that there were.
    more_people = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "release", "environment"], name="session_day_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.release} {self.day}: {self.total}"


class SessionPerson(models.Model):
    """A person who had sessions of a release on one day; `crashed`: at least one of them crashed."""

    # A row for each person must be small: the release and the environment are those of the day.
    session_day = models.ForeignKey(
        SessionDay, on_delete=models.CASCADE, related_name="persons", db_index=False
    )
    # The first 8 bytes of SHA-256 of the distinct id, as a signed integer.
    person = models.BigIntegerField()
    crashed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session_day", "person"], name="session_person_unique")
        ]

    def __str__(self) -> str:
        return f"{self.session_day_id} {self.person}"


class KnownSession(models.Model):
    """A session that was counted, and as what. Kept while updates of it may arrive, so that each count includes it once."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="known_sessions", db_index=False
    )
    day = models.DateField(db_index=True)
    # The first 8 bytes of SHA-256 of the session's id, release and environment, as a signed integer.
    session = models.BigIntegerField()
    # Whether `total` and `errored` of its day include it. The first rows were only of sessions that went wrong.
    counted = models.BooleanField(default=True, db_default=True)
    errored = models.BooleanField(default=True, db_default=True)
    crashed = models.BooleanField(default=False)
    abnormal = models.BooleanField(default=False)
    unhandled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "day", "session"], name="troubled_session_unique")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.session}"
