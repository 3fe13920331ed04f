"""Projects, and which user may see which."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from accounts.models.user import Team, User
from rustrak.lib import clock
from rustrak.lib.text.folded_field import FoldedField
from rustrak.lib.text.folding import fold
from rustrak.lib.text.visible_text import has_text


def new_sentry_key() -> str:
    return secrets.token_hex(16)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        """The projects `user` may see: all for admins and auditors of the installation, otherwise those in which they have a role, by
        themselves or by a team. Of them only those that the token is for, if the user came with a token that is for some."""
        present = self.filter(deleting_at=None)
        if user.token_projects is not None:
            present = present.filter(pk__in=user.token_projects)
        return present if user.role in User.SEEING_ALL else present.joined_by(user)

    def joined_by(self, user: User) -> ProjectQuerySet:
        """The projects in which the user has a role, by themselves or by a team."""
        own = Membership.objects.filter(user=user).values("project")
        by_team = TeamProject.objects.filter(team__members=user).values("project")
        return self.filter(models.Q(pk__in=own) | models.Q(pk__in=by_team))

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
    # The key in the project's DSN, a copy of one of its ProjectKeys: accounts.keys chooses which (docs/decisions/0055).
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
    # Grows when what frames are looked up in changes (issues.artifacts): what processes remember of it is void then. 0: it never had an
    # artifact, so nothing is looked up.
    artifacts_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
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
        return self.dsn_with(self.sentry_key)

    def dsn_with(self, key: str) -> str:
        """The DSN with another key of this project."""
        base = urlsplit(settings.PUBLIC_URL)
        return f"{base.scheme}://{key}@{base.netloc}{base.path}/{self.pk}"


class FormerSlug(models.Model):
    """A slug that a project had before. Links with it lead to the project until another project takes it."""

    slug = models.SlugField(max_length=50, unique=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return f"{self.slug}, now {self.project.slug}"


class Membership(models.Model):
    """A user's role in a project, or that of an e-mail address which has no account yet: then `user` is null."""

    class Role(models.TextChoices):
        """Viewers read and change nothing of the project; accounts.access.roles has the table."""

        VIEWER = "viewer"
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
                condition=models.Q(role__in=["viewer", "member", "admin"]), name="membership_role_known"
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


class TeamProject(models.Model):
    """A role in a project that all members of a team have. Of several roles of one person, the one that may most counts."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="in_projects")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="of_teams")
    role = models.CharField(max_length=6, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "project"], name="team_project_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=["viewer", "member", "admin"]), name="team_project_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.team.slug} in {self.project}"
