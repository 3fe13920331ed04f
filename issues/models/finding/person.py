"""The people whom a project's events happened to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Project


class Person(models.Model):
    """A person as their latest event named them. The rows are fewer than people: retention deletes old ones."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="people", db_index=False)
    # As in IssuePerson: made of the id, else the e-mail address, else the name, else the IP address.
    person = models.BigIntegerField()
    user_id = models.CharField(max_length=200, blank=True)
    # Folded (rustrak.lib.text.folding): addresses and names are found without regard to case.
    email = models.CharField(max_length=254, blank=True)
    username = models.CharField(max_length=200, blank=True)
    ip_address = models.CharField(max_length=45, blank=True)
    last_seen = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "person"], name="person_unique")]
        indexes = [
            models.Index(fields=["project", "email"], condition=~Q(email=""), name="person_by_email"),
            models.Index(fields=["project", "username"], condition=~Q(username=""), name="person_by_name"),
            models.Index(fields=["project", "ip_address"], condition=~Q(ip_address=""), name="person_by_ip"),
            models.Index(fields=["project", "last_seen"], name="person_by_last_seen"),
        ]

    def __str__(self) -> str:
        return self.user_id or self.email or self.username or self.ip_address
