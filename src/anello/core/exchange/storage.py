"""Files of imports, by the digest of their content, and of exports, by the number of their run.

The nightly `sweep` keeps what is needed: files of unfinished imports always, of others for `IMPORT_FILES_DAYS`, exports
for `EXPORT_FILES_DAYS`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from anello.core.actions import Invalid
from anello.core.exchange.models import ExportRun, ImportRun
from anello.kit.text import L

MOST_BYTES = 1024**3
_CHUNK = 1024**2
BUSY = (ImportRun.Status.QUEUED, ImportRun.Status.RUNNING, ImportRun.Status.UNDOING)
UPLOAD = dt.timedelta(days=1)


def folder(name: str = "imports") -> Path:
    place = Path(settings.MEDIA_ROOT) / name
    place.mkdir(parents=True, exist_ok=True)
    return place


def export_path(run: int) -> Path:
    return folder("exports") / str(run)


def path_of(sha256: str) -> Path:
    return folder() / sha256


def keep(chunks: Iterable[bytes]) -> str:
    """Store a file and return its SHA-256; Invalid({"file": …}) when it is larger than 1 GB."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as target:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise Invalid({"file": [L("Il file supera 1 GB: dividilo.", "The file exceeds 1 GB: split it.")]})
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
            Path(target.name).replace(path_of(digest.hexdigest()))
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest()


def chunks_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def sweep(now: dt.datetime) -> int:
    """Delete the files that nobody needs any more, and the drafts and exports they were for; returns how many files."""
    old = now - dt.timedelta(days=settings.IMPORT_FILES_DAYS)
    ImportRun.objects.filter(status=ImportRun.Status.DRAFT, created_at__lt=old).delete()
    ended = Q(status__in=[s for s in ImportRun.Status if s not in BUSY])
    needed = set(
        ImportRun.objects.exclude(
            ended & Q(created_at__lt=old) & (Q(finished_at=None) | Q(finished_at__lt=old))
        ).values_list("sha256", flat=True)
    )
    exports = ExportRun.objects.filter(created_at__lt=now - dt.timedelta(days=settings.EXPORT_FILES_DAYS))
    exports.delete()
    kept = {str(pk) for pk in ExportRun.objects.values_list("pk", flat=True)}
    swept = 0
    for name, wanted in (("imports", needed), ("exports", kept)):
        for path in folder(name).iterdir():
            # What was written within a day may be an upload or a file in the making.
            if path.name not in wanted and path.stat().st_mtime < (now - UPLOAD).timestamp():
                path.unlink(missing_ok=True)
                swept += 1
    return swept
