"""Users, projects, and which user may see which project."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from rustrak.lib import clock
from rustrak.lib.text.folded_field import FoldedField
from rustrak.lib.text.folding import fold
from rustrak.lib.text.visible_text import has_text

MOST_TOKENS = 50


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
    # Signs sessions and known browsers; replaced to revoke them (accounts.sign_in.sessions). Empty: the password does.
    sign_in_key = models.CharField(max_length=32, blank=True, editable=False)

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

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django signs sessions with the password's hash. They would end when a hash is replaced by a cheaper one.
        if not self.sign_in_key:
            return super()._get_session_auth_hash(secret)  # type: ignore[misc, no-any-return]
        text = f"{self.pk}:{self.sign_in_key}"
        return salted_hmac("accounts.sessions", text, secret=secret, algorithm="sha256").hexdigest()


def new_sentry_key() -> str:
    return secrets.token_hex(16)


class Team(models.Model):
    """People who look after issues together. A team may be assigned in the projects that one of them can see."""

    name = models.CharField(max_length=50)
    # Names are unique without regard to case, in every script.
    name_folded = FoldedField(of=("name",))
    # As it is written in ownership rules and mentions: `#payments`.
    slug = models.SlugField(max_length=50, unique=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="teams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name_folded"], name="team_name_unique")]

    def __str__(self) -> str:
        return self.name


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        """The projects `user` may see: all for an installation admin, otherwise those with a membership."""
        present = self.filter(deleting_at=None)
        return present if user.is_superuser else present.filter(memberships__user=user)

    def formerly(self, slug: str) -> ProjectQuerySet:
        """The project that had this slug before, if no other has taken it since."""
        return self.filter(former_slugs__slug=slug)

    def by_name(self) -> ProjectQuerySet:
        return self.order_by("name_folded", "id")


class GroupingMechanism(models.TextChoices):
    """How the default grouping keys of a project are made."""

    CLASSIC = "classic"
    SMART = "smart"


class Project(models.Model):
    """An app or service that sends events with one DSN.

    Counters are only updated with F(), in the digest's transaction.
    """

    name = models.CharField(max_length=100)
    # Names are unique without regard to case, in every script.
    name_folded = FoldedField(of=("name",))
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
    # Whether people have closed the advice to send releases, environments and users.
    advice_closed = models.BooleanField(default=False, db_default=False, editable=False)
    # Whether issues.alerts has given the project its first rule.
    alerts_set_up = models.BooleanField(default=False, db_default=False, editable=False)
    # Whether all of its issues can be found by their words and people: `manage.py reindex` reads those from before an upgrade.
    is_indexed = models.BooleanField(default=True, db_default=True, editable=False)
    # Grows when words of issues are forgotten: what digests remember of the words that issues have is void then.
    text_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Which mechanism makes the keys that decide (issues.payload.fingerprint, issues.payload.smart). For some time after a change
    # keys of the former one are looked up first, so that nothing splits.
    grouping = models.CharField(
        max_length=8,
        choices=GroupingMechanism.choices,
        default=GroupingMechanism.CLASSIC,
        db_default="classic",
    )
    former_grouping = models.CharField(
        max_length=8, choices=GroupingMechanism.choices, blank=True, db_default="", editable=False
    )
    grouping_changed_at = models.DateTimeField(null=True, editable=False)
    # The versions in use of issues.models.FingerprintRules and OwnershipRules; 0: none.
    fingerprint_rules_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    ownership_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Set when the project is deleted: nobody sees it any more, and its rows are deleted in the background.
    deleting_at = models.DateTimeField(null=True, editable=False)
    # Who created it on a page or with the API: their number is limited. Null: a command did, or the account is gone.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="created_projects",
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name_folded"], name="project_name_unique"),
            models.CheckConstraint(
                condition=models.Q(sentry_key__regex=r"^[0-9a-f]{32}$"), name="project_sentry_key_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(noisy_issue_percent__lte=100),
                name="project_noisy_issue_percent_at_most_100",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    grouping__in=["classic", "smart"], former_grouping__in=["", "classic", "smart"]
                ),
                name="project_grouping_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What Django's admin checks. Raises ValidationError for a name that is blank or, in any case, in use."""
        if not has_text(self.name):
            raise ValidationError({"name": "The name must have something to read."})
        if Project.objects.exclude(pk=self.pk).filter(name_folded=fold(self.name)).exists():
            raise ValidationError({"name": "A project with this name already exists."})

    @property
    def dsn(self) -> str:
        """`scheme://key@host[:port][/prefix]/id`, built from PUBLIC_URL and never from a request."""
        base = urlsplit(settings.PUBLIC_URL)
        return f"{base.scheme}://{self.sentry_key}@{base.netloc}{base.path}/{self.pk}"


class FormerSlug(models.Model):
    """A slug that a project had before. Links with it lead to the project until another project takes it."""

    slug = models.SlugField(max_length=50, unique=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return f"{self.slug}, now {self.project.slug}"


class Membership(models.Model):
    """A user's role in a project, or that of an e-mail address which has no account yet: then `user` is null."""

    class Role(models.TextChoices):
        MEMBER = "member"
        ADMIN = "admin"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="memberships"
    )
    # The address that was added, in lower case. Empty: the user created the project, or was added in Django's admin.
    email = models.EmailField(max_length=254, blank=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_unique"),
            models.UniqueConstraint(
                fields=["project", "email"], condition=~models.Q(email=""), name="membership_email_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["member", "admin"]), name="membership_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(email=""), name="membership_has_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} in {self.project}"

    @property
    def address(self) -> str:
        """The e-mail address to show."""
        return self.user.email if self.user else self.email

    @property
    def shown_name(self) -> str:
        """The user's name, once they have signed in since they were added: until then nobody is told of the account."""
        user = self.user
        if user is None or (self.email and (user.last_login is None or user.last_login < self.created_at)):
            return ""
        return user.name


class TooManyTokens(ValueError):
    """The user has MOST_TOKENS tokens. The message is for people."""


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(self, user: User, description: str = "") -> tuple[ApiToken, str]:
        """A new token and its text: 40 lower-case hex digits, of which only the hash is stored.

        Raises TooManyTokens.
        """
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(
                pk=user.pk
            )  # so that many at once count one by one
            if user.api_tokens.count() >= MOST_TOKENS:
                raise TooManyTokens(
                    f"You have {MOST_TOKENS} tokens, as many as one person may. Delete one that you no longer need."
                )
            return self._create(user, description)

    def _create(self, user: User, description: str) -> tuple[ApiToken, str]:
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


class SignIn(models.Model):
    """A session of a user. accounts.sign_in.sessions ends the oldest ones."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)

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
