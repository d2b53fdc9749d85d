"""The folder of contents: each file once, named by its SHA-256, written whole or not at all.

Whoever names a content by its SHA-256 has had it in hand; that is all that is asked of who attaches it.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse

from anello.kit.text import L

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


def hold(sha256: str, seconds: float = 0) -> int | None:
    """Keep a content from the sweep for so long at least; its size in bytes, or None when there is no such content."""
    path = path_of(sha256)
    try:
        _hold(path, time.time() + seconds)
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _hold(path: Path, until: float) -> None:
    until = max(until, path.stat().st_mtime)
    os.utime(path, (until, until))


def release(sha256: str) -> None:
    """Let the next sweep have a content, unless something names it by then."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(path_of(sha256), (0, 0))


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
        if target.exists():
            _hold(Path(name), target.stat().st_mtime)
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


def head_of(sha256: str) -> bytes:
    """The first 32 bytes of a content, which tell its type; FileNotFoundError when there is no such content."""
    with path_of(sha256).open("rb") as file:
        return file.read(32)


def file_name(value: str) -> str:
    """The last part of what may be a path, without characters that no file name should have; ValueError in words."""
    last = value.replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(" .")
    if not clean:
        raise ValueError(L("Il file non ha un nome.", "The file has no name."))
    if len(clean) > 200:
        stem, dot, ending = clean.rpartition(".")
        clean = f"{stem[: 199 - len(ending)]}.{ending}" if dot and len(ending) < 20 else clean[:200]
    return clean


def too_large() -> L:
    """The words for a file above the limit."""
    megabytes = settings.ATTACHMENT_MAX_BYTES // 2**20
    return L(f"Il file supera {megabytes} MB.", f"The file is larger than {megabytes} MB.")


def served(name: str, sha256: str, *, inline: bool = False, lasts: bool = False) -> FileResponse:
    """The content as an answer: shown in place only when it is wanted so and a browser may show it.

    `lasts`: the address stands for this content for good, and a browser need not ask again each time.
    FileNotFoundError when there is no such content.
    """
    content_type = type_of(name, head_of(sha256))
    inline = inline and content_type in SHOWN
    response = FileResponse(
        path_of(sha256).open("rb"),
        as_attachment=not inline,
        filename=name,
        content_type=content_type if inline else "application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600" if lasts else "private, no-cache"
    return response


def may_show(name: str) -> bool:
    """Whether a file of that name may be one that browsers show."""
    return mimetypes.guess_type(name, strict=False)[0] in SHOWN


class Received(TypedDict):
    """A file that somebody sent, stored."""

    name: str
    sha256: str
    size: int


def receive(posted: UploadedFile) -> Received:
    """Store what was uploaded; TooLarge above the limit, ValueError in words when its name is none."""
    name = file_name(posted.name or "")
    sha256, size, _ = store(posted.chunks(), settings.ATTACHMENT_MAX_BYTES)
    return {"name": name, "sha256": sha256, "size": size}


def older_than(seconds: float) -> Iterator[Path]:
    """Every stored or half-written content held last more than `seconds` ago; folders of others are theirs."""
    root = Path(settings.MEDIA_ROOT)
    for path in (*root.glob("incoming-*"), *root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
        if is_older(path, seconds):
            yield path


def is_older(path: Path, seconds: float) -> bool:
    """Whether it is still there, and was held last more than `seconds` ago."""
    try:
        return path.stat().st_mtime < time.time() - seconds
    except FileNotFoundError:
        return False  # somebody else's upload ended meanwhile
