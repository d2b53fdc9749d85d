"""Sweeping up contents that no attachment names any more."""

from __future__ import annotations

import datetime as dt

import structlog

from anello.core.files import storage
from anello.core.files.models import Attachment
from anello.core.jobs import periodic

log = structlog.get_logger(__name__)
RESTORABLE = dt.timedelta(days=30)
SETTLED = 24 * 3600
"""Seconds after which a content without an attachment is no upload in progress."""


@periodic("20 3 * * *")
def sweep(timestamp: int) -> None:
    """Every night: forget files deleted more than 30 days ago, then contents that nothing refers to."""
    horizon = dt.datetime.fromtimestamp(timestamp, dt.UTC) - RESTORABLE
    Attachment.everything.filter(deleted_at__lt=horizon).delete()
    swept = 0
    for path in storage.older_than(SETTLED):
        if not Attachment.everything.filter(sha256=path.name).exists():
            path.unlink()
            swept += 1
    log.info("files_swept", contents=swept)
