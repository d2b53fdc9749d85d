"""Which fields segments ask about."""

from __future__ import annotations

from collections.abc import Iterator

from anello.core.studio.uses import Use, named, resolved, source
from anello.core.ui.values import record_url
from anello.intelligence.segments.models import Segment
from anello.intelligence.segments.module import SEGMENT


@source
def of_segments() -> Iterator[Use]:
    """A segment without one of its conditions would be of other customers: somebody has to change it."""
    for segment in Segment.objects.order_by("id"):
        for module, name in dict.fromkeys(resolved(segment.customer, named(segment.definition))):
            yield Use(module, name, SEGMENT.names, segment.title, record_url("segment", segment.pk))
