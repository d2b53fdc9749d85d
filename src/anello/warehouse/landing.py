"""The landing: what came in, as it came, in append-only Parquet; everything else is made from it.

A load writes its files under `landing/<dataset>/`, and last its manifest `landing/<number>.json`, in one rename: files
of which no manifest speaks never happened. A manifest may stand for several loads (`folding`), whose own count no
longer.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from anello.kit.text import L
from anello.warehouse.errors import Busy, Damaged

BLOCK = 2**20


def home() -> Path:
    """Where the warehouse lies; only its owner may look in."""
    folder = Path(settings.WAREHOUSE_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def landing() -> Path:
    return home() / "landing"


@contextmanager
def writer(*, wait: bool = True) -> Iterator[None]:
    """Be the only one who writes; the kernel lets go of the lock however the process ends.

    Busy when somebody else is at it and we do not `wait`.
    """
    with (home() / "writer.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy from None
        yield


@contextmanager
def workshop() -> Iterator[Path]:
    """An empty folder for what is being made; what a killed load left there is removed."""
    folder = home() / "building"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


REASONS = {
    "purchase": L("manca il numero dell'acquisto", "no number of the purchase"),
    "date": L("la data non si legge", "the date cannot be read"),
    "amount": L("l'importo non si legge", "the amount cannot be read"),
    "currency": L("manca la valuta", "no currency"),
    "customer": L("manca il cliente", "no customer"),
    "key": L(
        "un'altra riga ha la stessa chiave e dice altro: aggiungi a «key» la colonna che le distingue",
        "another row has the same key and says something else: add the column that tells them apart to “key”",
    ),
}
"""Why a row of a source was left aside."""


@dataclass(frozen=True)
class File:
    """A Parquet file of a load (no `path`: the dataset had no rows). `whole`: every row of the dataset was compared."""

    dataset: str
    path: str
    rows: int
    sha256: str
    columns: dict[str, str]
    whole: bool = False


@dataclass(frozen=True)
class Manifest:
    """What one load brought, or those from `first` on that were folded into it.

    `cursor` is how far into the event log it read: (tx, id); moments in ISO 8601, UTC.
    """

    load: int
    source: str
    at: str
    seconds: float
    cursor: tuple[int, int] = (0, 0)
    database: str = ""
    """Which database the cursor belongs to."""
    files: tuple[File, ...] = ()
    rejected: tuple[dict[str, Any], ...] = field(default=())
    """Rows that were left aside, with the reason; the first of them."""
    aside: int = 0
    """How many there were."""
    first: int = 0
    """The first load that it stands for; 0: only for its own."""

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.at)

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.files)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        content = json.loads(path.read_text())
        content["files"] = tuple(File(**one) for one in content["files"])
        content["cursor"] = tuple(content["cursor"])
        content["rejected"] = tuple(content["rejected"])
        return cls(**content)


def manifests() -> list[Manifest]:
    """Every load that happened, the first one first; those that were folded, once."""
    found: list[Manifest] = []
    for one in (Manifest.read(path) for path in sorted(landing().glob("*.json"))):
        if one.first:
            found = [other for other in found if other.source != one.source or other.load < one.first]
        found.append(one)
    return found


def commit(manifest: Manifest) -> None:
    """Make a load happen: its files are there already, now everybody may know."""
    for one in manifest.files:
        if one.path:
            _sync(landing() / one.path)
    write_whole(_path(manifest), json.dumps(asdict(manifest), indent=1, default=str))


def _path(manifest: Manifest) -> Path:
    return landing() / f"{manifest.load:08d}.json"


def write_whole(path: Path, text: str) -> None:
    """Write a small file in one step: nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    _sync(partial)
    partial.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def place(dataset: str, load: int) -> Path:
    """Where the file of a dataset in a load belongs."""
    path = landing() / dataset / f"{load:08d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def tidy(known: Sequence[Manifest]) -> None:
    """Remove what loads left that did not come to their end, and what was folded."""
    told = {_path(manifest) for manifest in known}
    for path in landing().glob("*.json"):
        if path not in told:
            path.unlink()
    kept = {one.path for manifest in known for one in manifest.files}
    for path in landing().glob("*/*"):
        if str(path.relative_to(landing())) not in kept:
            path.unlink()


def following(path: Path) -> Path:
    """The name of a file's next version: 00000003.parquet, 00000003-1.parquet, …"""
    stem, _, version = path.stem.partition("-")
    return path.with_name(f"{stem}-{int(version or 0) + 1}.parquet")


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(known: Sequence[Manifest]) -> None:
    """Every file is there and as it was written; else Damaged, with its name."""
    for manifest in known:
        for one in manifest.files:
            path = landing() / one.path
            if one.path and not (path.is_file() and digest(path) == one.sha256):
                raise Damaged(
                    L(
                        f"Il file {one.path} del carico {manifest.load} manca o è cambiato: rimettilo da una copia.",
                        f"The file {one.path} of load {manifest.load} is missing or changed: put it back from a copy.",
                    )
                )
