"""Uploaded files, kept by the digest of their content until their run is forgotten."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from anello.core.actions import Invalid
from anello.kit.text import L

MOST_BYTES = 1024**3
_CHUNK = 1024**2


def folder() -> Path:
    place = Path(settings.MEDIA_ROOT) / "imports"
    place.mkdir(parents=True, exist_ok=True)
    return place


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
