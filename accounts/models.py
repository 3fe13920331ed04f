"""Users, projects, and which user may see which project."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from rustrak.lib import clock


class UserManager(BaseUserManager["User"]):
    """Creates users. E-mail addresses are stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail. An installation admin is a superuser."""

    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=clock.now, editable=False)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    single_key_shortcuts = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_admin(self) -> bool:
        return self.is_superuser

    def get_short_name(self) -> str:
        return self.name or self.email.split("@")[0]


def new_sentry_key() -> str:
    return secrets.token_hex(16)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        """The projects `user` may see: all for an installation admin, otherwise those with a membership."""
        present = self.filter(deleting_at=None)
        return present if user.is_superuser else present.filter(memberships__user=user)

    def by_name(self) -> ProjectQuerySet:
        return self.order_by(Lower("name"), "id")


class Project(models.Model):
    """An app or service that sends events with one DSN.

    Counters are only updated with F(), in the digest's transaction.
    """

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50, unique=True)
    platform = models.CharField(max_length=32, blank=True)
    sentry_key = models.CharField(max_length=32, unique=True, default=new_sentry_key)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)
    # Maintained by issues.record.writer: the next issue's digest_order is last_digest_order + 1.
    last_digest_order = models.PositiveBigIntegerField(default=0, editable=False)
    digested_event_count = models.PositiveBigIntegerField(default=0, editable=False)
    stored_event_count = models.PositiveBigIntegerField(default=0, editable=False)
    # The project's own limits. Null: the installation's setting applies. 0: no limit.
    max_events_per_minute = models.PositiveIntegerField(null=True, blank=True)
    max_events_per_hour = models.PositiveIntegerField(null=True, blank=True)
    retain_days = models.PositiveIntegerField(null=True, blank=True)
    retain_events = models.PositiveIntegerField(null=True, blank=True)
    # An issue's events are sampled above this percentage of the hourly limit. 0: never.
    noisy_issue_percent = models.PositiveSmallIntegerField(default=0)
    # Maintained by ingest.rate_limits.stored, for the pages and for other machines.
    quota_exceeded_until = models.DateTimeField(null=True, editable=False)
    quota_exceeded_reason = models.CharField(max_length=32, blank=True, editable=False)
    # The digested_event_count at which the limits must be checked again.
    next_quota_check = models.PositiveBigIntegerField(default=0, editable=False)
    # Set when the project is deleted: nobody sees it any more, and its rows are deleted in the background.
    deleting_at = models.DateTimeField(null=True, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="project_name_unique"),
            models.CheckConstraint(
                condition=models.Q(sentry_key__regex=r"^[0-9a-f]{32}$"), name="project_sentry_key_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(noisy_issue_percent__lte=100),
                name="project_noisy_issue_percent_at_most_100",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def dsn(self) -> str:
        """`scheme://key@host[:port][/prefix]/id`, built from PUBLIC_URL and never from a request."""
        base = urlsplit(settings.PUBLIC_URL)
        return f"{base.scheme}://{self.sentry_key}@{base.netloc}{base.path}/{self.pk}"


class Membership(models.Model):
    """A user's role in a project."""

    class Role(models.TextChoices):
        MEMBER = "member"
        ADMIN = "admin"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=["member", "admin"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, description: str = "") -> tuple[ApiToken, str]:
        """A new token and its text: 40 lower-case hex digits, of which only the hash is stored."""
        text = secrets.token_hex(20)
        token = self.create(
            user=user,
            description=description,
            prefix=text[:8],
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )
        return token, text

    def find(self, text: str) -> ApiToken | None:
        """The token with this text, if its user is active."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.select_related("user").filter(digest=digest, user__is_active=True).first()


class ApiToken(models.Model):
    """A bearer token with its user's permissions. Stored as SHA-256: 160 random bits need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    description = models.CharField(max_length=200, blank=True)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenManager()

    def __str__(self) -> str:
        return f"{self.prefix}… {self.description}".strip()


class LoginFailure(models.Model):
    """A failed sign-in. accounts.throttle writes and reads these rows, and deletes them after minutes."""

    # SHA-256 of the account and the client's address.
    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="login_failure_by_key")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%Y-%m-%d %H:%M:%S}"
