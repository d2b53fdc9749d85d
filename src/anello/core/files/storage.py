"""The folder of contents: each file once, named by its SHA-256, written whole or not at all."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show in place: its content was recognised by its first bytes. All else is only downloaded."""


class TooLarge(Exception):
    """The content is larger than allowed; nothing was stored."""


def path_of(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def store(chunks: Iterable[bytes], most: int) -> tuple[str, int, bytes]:
    """Store a content of at most `most` bytes; returns its SHA-256, its size and its first 32 bytes."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    handle, name = tempfile.mkstemp(dir=root, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise TooLarge
                head = (head + chunk)[:32] if len(head) < 32 else head
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True)
        # Also when it exists: the newer date keeps the sweep away until the row is committed.
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return digest.hexdigest(), size, head


def type_of(name: str, head: bytes) -> str:
    """The content type: of what browsers show, by the first bytes; of the rest, by the name."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    guessed = mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    # The name claims a type whose content this is not.
    return "application/octet-stream" if guessed in SHOWN else guessed


def older_than(seconds: float) -> Iterator[Path]:
    """Every stored or half-written content last written more than `seconds` ago; folders of others are theirs."""
    horizon = time.time() - seconds
    root = Path(settings.MEDIA_ROOT)
    for path in (*root.glob("incoming-*"), *root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        try:
            old = path.stat().st_mtime < horizon
        except FileNotFoundError:
            continue  # somebody else's upload ended meanwhile
        if old:
            yield path
