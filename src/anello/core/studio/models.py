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
    paper_it = models.TextField(blank=True)
    paper_en = models.TextField(blank=True)
    purged_at = models.DateTimeField(null=True)


class CustomField(Record):
    """A field that an administrator added to a module: a real column of its table, called as `name`.

    Deleted, it is hidden and its column stays with all values; restored, everything is there again.
    `options`: [{"value", "it", "en", "color", "retired", "when"}] of a choice, `when` the values of the choice
    `depends_on` with which it goes. What is worked out has a `formula`, or a `function` `of` a
    field of the records whose link `source` ("module.link") leads here and that pass `filter`; `result` is its kind and
    `uses` the fields ("module.field") it follows from. `state` and `progress` tell of work on the rows that there were.
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
    on_delete = models.CharField(max_length=10, default="keep")
    formula = models.TextField(blank=True)
    source = models.CharField(max_length=130, blank=True)
    function = models.CharField(max_length=10, blank=True)
    of = models.CharField(max_length=60, blank=True)
    filter = models.JSONField(default=dict, blank=True)
    result = models.CharField(max_length=20, blank=True)
    uses = models.JSONField(default=list, blank=True)
    depends_on = models.CharField(max_length=60, blank=True)
    show_if = models.TextField(blank=True)
    require_if = models.TextField(blank=True)
    numbering = models.CharField(max_length=40, blank=True)
    unique = models.BooleanField(default=False)
    pattern = models.CharField(max_length=200, blank=True)
    initial = models.TextField(blank=True)
    indexed = models.BooleanField(default=True)
    index = models.CharField(max_length=20, default="none", db_default="none")
    state = models.CharField(max_length=20, default="ready", db_default="ready")
    progress = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    purged_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        constraints = [models.UniqueConstraint(fields=["module", "name"], name="customfield_once")]


class Retouch(Record):
    """What an administrator changed of a field that the product brings, or (no `field`) of a whole module.

    Labels that are empty are the product's own; with all of them empty, everything is as it came.
    """

    module = models.CharField(max_length=60)
    field = models.CharField(max_length=60, blank=True)
    label_it = models.CharField(max_length=120, blank=True)
    label_en = models.CharField(max_length=120, blank=True)
    plural_it = models.CharField(max_length=60, blank=True)
    plural_en = models.CharField(max_length=60, blank=True)
    hidden = models.BooleanField(default=False)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(fields=["module", "field"], name="retouch_once"),
        ]


class Layout(Record):
    """How the records of a module are shown in one place (`part`): to everybody, or to who has the role of that key.

    `content` is as `layouts.PARTS` says; empty, everything is as without it.
    """

    module = models.CharField(max_length=60)
    role = models.CharField(max_length=50, blank=True)
    part = models.CharField(max_length=20)
    content = models.JSONField(default=dict, blank=True)

    class Meta(Record.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["module", "role", "part"], condition=models.Q(deleted_at=None), name="layout_once"
            )
        ]


class Reindex(models.Model):
    """The searched words of a module's records that are to be made anew: its search fields have changed.

    One job takes them batch by batch and remembers how far it came. Until it is done, words may still be those of the
    fields in `leaving`.
    """

    module = models.CharField(max_length=60, unique=True)
    leaving = models.JSONField(default=list)
    position = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.module


class NumberCounter(models.Model):
    """The last number given in a series of an auto-number field (see `kit.numbering.series`)."""

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="+")
    series = models.CharField(max_length=10)
    last = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["field", "series"], name="studio_series_once")]

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"


class Refill(models.Model):
    """Rows whose fields are to be worked out again: all of a module, or those whose `link` leads to `targets`.

    One job takes these one after the other, oldest first, and remembers with each batch how far it came. `told`: the
    log tells what changed, as the doing of `actor_id` in `batch`.
    """

    module = models.CharField(max_length=60)
    link = models.CharField(max_length=60, blank=True)
    targets = models.JSONField(default=list)
    told = models.BooleanField(default=False)
    batch = models.UUIDField(null=True)
    actor_id = models.BigIntegerField(null=True)
    position = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.module} {self.link}".strip()
