"""What people keep for themselves: saved views of lists, favourites, what they opened last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

AUDIENCES = [("me", "me"), ("team", "team"), ("all", "all")]


class SavedView(models.Model):
    """A list somebody set up: filter, words, order, columns; seen by its owner, the owner's team, or everybody."""

    module = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=8, choices=AUDIENCES, default="me")
    team = models.ForeignKey("accounts.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    layout = models.CharField(max_length=8, default="list")
    filter = models.JSONField(default=dict)
    words = models.CharField(max_length=200, blank=True)
    sort = models.CharField(max_length=80, blank=True)
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["module", "owner"], name="savedview_module_owner")]

    def __str__(self) -> str:
        return self.name


class Favourite(models.Model):
    """A record somebody starred; newest last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "module", "record_id"], name="favourite_once")]


class RecentRecord(models.Model):
    """A record somebody opened, and when last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "module", "record_id"], name="recent_once")]
        indexes = [models.Index(fields=["user", "-at"], name="recent_user_at")]
