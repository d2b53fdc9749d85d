"""People who work with Anello: users, the tree of teams, roles."""

from __future__ import annotations

import hashlib
import secrets

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from anello.kit.text import L


class Team(models.Model):
    """A node of the organisation's tree; `path` ("/1/4/") holds its ancestors and itself."""

    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=400, db_index=True, editable=False, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "parent"], name="team_name_unique", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What its holders may do.

    `areas`: {area: "user" | "manager"} takes the default access of every module of the area;
    `grants`: {module: {verb: scope}} and `fields`: {module: {field: "hidden"|"read"|"edit"}} override it.
    """

    key = models.SlugField(unique=True)
    name_it = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    areas = models.JSONField(default=dict, blank=True)
    grants = models.JSONField(default=dict, blank=True)
    fields = models.JSONField(default=dict, blank=True)
    administrator = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return str(L(self.name_it, self.name_en))


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can log in."""

    username = models.CharField(max_length=60, unique=True)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    roles = models.ManyToManyField(Role, blank=True, related_name="holders")
    language = models.CharField(max_length=5, choices=[("it", "Italiano"), ("en", "English")], default="it")
    time_zone = models.CharField(max_length=60, default="Europe/Rome")
    preferences = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_any_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


class ApiToken(models.Model):
    """A personal API token; only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @staticmethod
    def new_secret() -> str:
        return "anello_" + secrets.token_urlsafe(32)


class LoginAttempt(models.Model):
    """One guess of a password or a code; it counts as failed until it has succeeded.

    `account` names whose door was tried: "user:7", or a digest of what was typed when nobody is called that.
    A forgiven failure no longer counts against the account: its person has logged in since, or was unlocked.
    """

    account = models.CharField(max_length=80)
    address = models.GenericIPAddressField()
    agent = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    succeeded = models.BooleanField(default=False)
    forgiven = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-at"], name="attempt_account"),
            models.Index(fields=["address", "-at"], name="attempt_address"),
        ]


class Handover(models.Model):
    """A user's records on their way to another: `moved` of `total`.

    What the rules refused stays where it is: `refusals` in number, and the first of them in `refused`, each as
    `{"slug", "id", "title", "reason"}`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="handovers")
    successor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    total = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    refusals = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
