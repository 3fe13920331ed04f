"""API tokens, sessions, and attempts to sign in."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.db import models, transaction

from accounts.models.project import Project
from accounts.models.user import User
from rustrak.lib import clock

MOST_TOKENS = 50


class TooManyTokens(ValueError):
    """The user has MOST_TOKENS tokens. The message is for people."""


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(
        self,
        user: User,
        description: str = "",
        *,
        text: str = "",
        prefix: str = "",
        project: Project | None = None,
    ) -> tuple[ApiToken, str]:
        """A new token and its text, of which only the hash is stored: `text`, or 40 lower-case hex digits. `prefix` is shown.

        accounts.tokens.issuing makes texts of other forms. Raises TooManyTokens.
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
                project=project,
                description=description,
                prefix=prefix or text[:8],
                digest=hashlib.sha256(text.encode()).hexdigest(),
            )
        return token, text

    def find(self, text: str) -> ApiToken | None:
        """The token with this text, if its user is active."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        return self.select_related("user").filter(digest=digest, user__is_active=True).first()


class ApiToken(models.Model):
    """A bearer token with its user's permissions. Stored as SHA-256: 160 random bits or more need no slow hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    # The only project that it is for; null: all that its user may see.
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="api_tokens"
    )
    description = models.CharField(max_length=200, blank=True)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenManager()

    def __str__(self) -> str:
        return f"{self.prefix}… {self.description}".strip()


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
