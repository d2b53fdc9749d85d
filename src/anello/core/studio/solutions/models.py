"""What was imported, and what there was before."""

from __future__ import annotations

from django.db import models

from anello.core.modules.models import Record


class Solution(Record):
    """A file of changes that was imported here.

    `before` and `after` hold {part: {key: thing or None}} of what it changed, as they are written in files.
    """

    name = models.CharField(max_length=200)
    state = models.CharField(max_length=20, default="imported")
    file = models.TextField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta(Record.Meta):
        pass
