"""API tokens, sessions, and attempts to sign in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import models, transaction

from accounts.models.project import Project
from accounts.models.user import User
from rustrak.lib import clock

MOST_TOKENS = 50


class TooManyTokens(ValueError):
    """The user has MOST_TOKENS tokens. The message is for people."""


class TokenExpired(ValueError):
    """The token was valid, but is no more. The message is for people."""


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(
        self,
        user: User,
        description: str = "",
        *,
        text: str = "",
        prefix: str = "",
        projects: Collection[Project] | None = None,
        capabilities: Collection[str] | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """A new token and its text, of which only the hash is stored: `text`, or 40 lower-case hex digits. `prefix` is shown.

        Without `projects` and `capabilities` it is not limited. accounts.tokens.issuing checks them, and makes texts of other forms.
        Raises TooManyTokens.
        """
        text = text or secrets.token_hex(20)
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(
                pk=user.pk
            )  # so that many at once count one by one
            if user.api_tokens.count() >= MOST_TOKENS:
                raise TooManyTokens(
                    f"This account has {MOST_TOKENS} tokens, as many as one may have. Delete one that is no longer needed."
                )
            token = self.create(
                user=user,
                is_for_projects=projects is not None,
                capabilities=None if capabilities is None else sorted(capabilities),
                expires_at=expires_at,
                description=description,
                prefix=prefix or text[:8],
                digest=hashlib.sha256(text.encode()).hexdigest(),
            )
            if projects is not None:
                token.projects.set(projects)
        return token, text

    def find(self, text: str) -> ApiToken | None:
        """The token with this text, if its user is active. Raises TokenExpired."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        token = self.select_related("user").filter(digest=digest, user__is_active=True).first()
        if token is not None and token.is_expired:
            raise TokenExpired(f"This API token expired at {token.expires_at:%Y-%m-%d %H:%M} UTC.")
        return token


class ApiToken(models.Model):
    """A bearer token. It may do what its user may do, within its own limits. Stored as SHA-256: 160 random bits or more need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    # With `is_for_projects` it is for `projects` alone. When the last of them is deleted, it is for none.
    is_for_projects = models.BooleanField(default=False, db_default=False, editable=False)
    projects = models.ManyToManyField(Project, related_name="api_tokens", editable=False)
    # Names of accounts.access.Capability; null: all that its user has, now and later.
    capabilities = models.JSONField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    description = models.CharField(max_length=200, blank=True)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenManager()

    def __str__(self) -> str:
        return f"{self.prefix}… {self.description}".strip()

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()

    def project_ids(self) -> frozenset[int] | None:
        """The ids of the projects that it is for; None: of all that its user sees. One query, if it is for some."""
        return frozenset(each.pk for each in self.projects.all()) if self.is_for_projects else None


class SignIn(models.Model):
    """A session of a user. accounts.sign_in.sessions writes and ends them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    # Null and empty: it began before an upgrade. The time of the last request is written once a minute.
    began_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)
    browser = models.CharField(max_length=200, blank=True, db_default="", editable=False)

    def __str__(self) -> str:
        return f"session of {self.user}"


class Attempt(models.Model):
    """An attempt to sign in, to sign up or to have mail sent. accounts.sign_in.attempts writes, reads and deletes them."""

    # A keyed hash of what is counted, such as an account and a network.
    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempt_by_key")]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.at:%Y-%m-%d %H:%M:%S}"
