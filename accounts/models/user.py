"""People who sign in, and teams of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from rustrak.lib import clock
from rustrak.lib.text.folded_field import FoldedField
from rustrak.local_times.style import FORMS


class UserManager(BaseUserManager["User"]):
    """Creates users. E-mail addresses are stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An admin of the installation; its owner while no active person is."""
        owners = self.filter(role=User.Role.OWNER, is_active=True)
        role = User.Role.ADMIN if owners.exists() else User.Role.OWNER
        return self.create_user(email, password, role=role, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in by e-mail. What they may do is in accounts.access."""

    class Role(models.TextChoices):
        """In the installation. Owners are admins who alone make others owners; auditors read everything and change nothing."""

        OWNER = "owner"
        ADMIN = "admin"
        MEMBER = "member"
        AUDITOR = "auditor"

    class Theme(models.TextChoices):
        SYSTEM = "system"
        LIGHT = "light"
        DARK = "dark"

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    role = models.CharField(max_length=7, choices=Role.choices, default=Role.MEMBER, db_default="member")
    date_joined = models.DateTimeField(default=clock.now, editable=False)
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    single_key_shortcuts = models.BooleanField(default=True)
    # Of the times on pages. A name of the time zone database; empty: the browser's.
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    date_format = models.CharField(max_length=8, choices=FORMS, default="day", db_default="day")
    # Signs sessions and known browsers; replaced to revoke them (accounts.sign_in.sessions). Empty: the password does.
    sign_in_key = models.CharField(max_length=32, blank=True, editable=False)

    # What the token of a request is bound to: ids of projects, and capabilities. accounts.credentials sets them. None: to nothing.
    token_projects: frozenset[int] | None = None
    token_capabilities: frozenset[str] | None = None

    #: The roles that run the installation, and those that see every project.
    ADMINS = (Role.OWNER, Role.ADMIN)
    SEEING_ALL = (*ADMINS, Role.AUDITOR)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "admin", "member", "auditor"]), name="user_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_admin(self) -> bool:
        """Whether they run the installation."""
        return self.role in User.ADMINS

    # Django's own names for it: Django's admin is for admins of the installation alone, and there they may do everything.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin

    def get_short_name(self) -> str:
        return self.name or self.email.split("@")[0]

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # Django signs sessions with the password's hash. They would end when a hash is replaced by a cheaper one.
        if not self.sign_in_key:
            return super()._get_session_auth_hash(secret)  # type: ignore[misc, no-any-return]
        text = f"{self.pk}:{self.sign_in_key}"
        return salted_hmac("accounts.sessions", text, secret=secret, algorithm="sha256").hexdigest()


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
