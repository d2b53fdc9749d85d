"""What an administrator has added to the modules, and which version of it there is."""

from __future__ import annotations

from django.db import models

from anello.core.modules.models import Record


class Shape(models.Model):
    """One row: its version grows with every change, and processes that know an older one read all of it anew."""

    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="shape_is_one")]

    def __str__(self) -> str:
        return str(self.version)


class CustomModule(Record):
    """A module that an administrator made: a table `name` of its own, whose records have a name, and fields besides.

    Deleted, it is hidden and its table stays with all records; restored, everything is there again. With `links`, two
    names of modules, it says which records of the two belong together, and shows on their pages.
    """

    name = models.CharField(max_length=50, unique=True)
    label_it = models.CharField(max_length=60)
    label_en = models.CharField(max_length=60)
    plural_it = models.CharField(max_length=60)
    plural_en = models.CharField(max_length=60)
    icon = models.CharField(max_length=40, default="box")
    area = models.CharField(max_length=30, default="custom")
    links = models.JSONField(default=list, blank=True)


class CustomField(Record):
    """A field that an administrator added to a module: a real column of its table, called as `name`.

    Deleted, it is hidden and its column stays with all values; restored, everything is there again.
    `options`: [{"value", "it", "en", "color"}] of a choice.
    """

    module = models.CharField(max_length=60)
    name = models.CharField(max_length=50)
    kind = models.CharField(max_length=20)
    label_it = models.CharField(max_length=120)
    label_en = models.CharField(max_length=120)
    help_it = models.CharField(max_length=300, blank=True)
    help_en = models.CharField(max_length=300, blank=True)
    required = models.BooleanField(default=False)
    least = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    most = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    options = models.JSONField(default=list, blank=True)
    to = models.CharField(max_length=60, blank=True)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["module", "name"], name="customfield_once")]
