"""Which fields reports ask about."""

from __future__ import annotations

from collections.abc import Iterator

from anello.core.studio.uses import Use, resolved, source, texts
from anello.core.ui.values import record_url
from anello.intelligence.reports.models import Report
from anello.intelligence.reports.module import REPORT


@source
def of_reports() -> Iterator[Use]:
    """A report without what it asks would be another one: somebody has to change it."""
    for report in Report.objects.order_by("id"):
        asked = (path.partition("@")[0].rpartition(":")[2] for path in texts(report.definition))
        for module, name in dict.fromkeys(resolved(report.definition["module"], asked)):
            yield Use(module, name, REPORT.names, report.title, record_url("report", report.pk))
