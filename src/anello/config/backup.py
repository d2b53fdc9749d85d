"""One archive with everything an installation holds, and the way back.

An archive is a tar file: `database.dump` (pg_dump's custom format), `files/…`, `warehouse/…` (the landing, from which
the warehouse makes itself again: what came from outside sources is nowhere else), and last `manifest.json` with the
size and SHA-256 of each member. Restoring checks them first, loads a new database beside the present one, and swaps
both databases' names and the folders at the end: whatever fails before leaves everything as it was.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from anello import __version__

FORMAT = 1
DUMP, MANIFEST, FILES, WAREHOUSE = "database.dump", "manifest.json", "files", "warehouse"
LASTING = ("landing/*.json", "landing/*/*.parquet", "sources/*.toml", "forgotten.json")
"""What of the warehouse cannot be made again."""
BLOCK = 2**20


class BackupError(Exception):
    """Nothing was changed; the message says why."""


@dataclass(frozen=True)
class Installation:
    """What is backed up: a database, and the folders `files` and `warehouse` in `home`; by PostgreSQL's `programs`."""

    url: str
    home: Path
    programs: Path

    @property
    def files(self) -> Path:
        return self.home / FILES

    @property
    def warehouse(self) -> Path:
        return self.home / WAREHOUSE


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `members`: name → {"size": bytes, "sha256": hex}; `created`: ISO 8601, UTC.

    `transaction` is beyond every transaction id that the database has stored: the event log is read in their order.
    """

    format: int
    version: str
    created: str
    transaction: int
    members: dict[str, dict[str, int | str]]


def write(installation: Installation, file: Path) -> Manifest:
    """Write an archive to `file`, which appears only when it is complete."""
    if file.exists():
        raise BackupError(f"{file} exists already; choose another name.")
    partial = file.with_name(f"{file.name}.{uuid.uuid4().hex}.partial")
    members: dict[str, dict[str, int | str]] = {}
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".anello-") as folder:
            dump = Path(folder) / DUMP
            # The dump first: a file stored meanwhile is then merely unknown to the database, never missing.
            _program(installation, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
            with partial.open("xb") as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
                os.fchmod(raw.fileno(), 0o600)
                members[DUMP] = _add(archive, dump, DUMP)
                for path in sorted(path for path in installation.files.rglob("*") if path.is_file()):
                    name = _name(installation, path)
                    members[name] = _add(archive, path, name)
                with _quiet(installation.warehouse):
                    for path in sorted(path for kind in LASTING for path in installation.warehouse.glob(kind)):
                        name = _name(installation, path)
                        members[name] = _add(archive, path, name)
                created = datetime.now(UTC).isoformat(timespec="seconds")
                manifest = Manifest(FORMAT, __version__, created, _transaction(installation), members)
                content = json.dumps(asdict(manifest), indent=1).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                raw.flush()
                os.fsync(raw.fileno())
        partial.replace(file)
    except OSError as error:
        raise BackupError(f"The archive could not be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def restore(installation: Installation, file: Path, *, replace: bool) -> Manifest:
    """Bring back the state in `file`; `replace` allows it although the database holds something."""
    name = str(conninfo_to_dict(installation.url)["dbname"])
    if not replace and not _is_empty(installation):
        raise BackupError(
            f"The database {name} is not empty. To replace what it holds: anello restore --replace {file}"
        )
    manifest = verify(file)
    fresh = f"{name}_restore_{uuid.uuid4().hex[:8]}"
    installation.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=installation.home, prefix=".restore-") as folder:
        _unpack(file, Path(folder))
        for part in (FILES, WAREHOUSE):
            (Path(folder) / part).mkdir(exist_ok=True)
            (Path(folder) / part).chmod(0o700)
        with _maintenance(installation) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
            try:
                target = make_conninfo(installation.url, dbname=fresh)
                arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--jobs=2", str(Path(folder) / DUMP)]
                _program(installation, "pg_restore", *arguments, url=target)
                _advance_transactions(server, manifest.transaction)
                _swap(server, installation, name, fresh, Path(folder))
            finally:
                # After the swap this name is the replaced database's; after a failure, the half-loaded one's.
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(fresh)))
    return manifest


def _unpack(file: Path, folder: Path) -> None:
    """The members of a verified archive as plain files below `folder`; Python 3.11.2 has no safe `extractall` yet."""
    with tarfile.open(file) as archive:
        for entry in archive:
            target = folder / entry.name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise BackupError(f"{file} holds {entry.name}, which would lie outside.")
            target.parent.mkdir(parents=True, exist_ok=True)
            stream = archive.extractfile(entry)
            assert stream is not None  # `verify` has seen to it
            with target.open("xb") as written:
                shutil.copyfileobj(stream, written)
            os.utime(target, (entry.mtime, entry.mtime))  # until when a content is held


def verify(file: Path) -> Manifest:
    """The manifest of an archive whose every member is there and unharmed."""
    found: dict[str, dict[str, int | str]] = {}
    content = b""
    try:
        with tarfile.open(file) as archive:
            for entry in archive:
                stream = archive.extractfile(entry)
                if stream is None:
                    raise BackupError(f"{file} holds {entry.name}, which is not a plain file.")
                if entry.name == MANIFEST:
                    content = stream.read()
                else:
                    digest = _Digest(stream)
                    while digest.read(BLOCK):
                        pass
                    found[entry.name] = digest.summary()
        manifest = Manifest(**json.loads(content))
    except (tarfile.TarError, OSError, ValueError, TypeError) as error:
        raise BackupError(f"{file} is not a complete archive of Anello: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{file} has format {manifest.format}; this version reads format {FORMAT}.")
    if harmed := sorted(name for name in manifest.members | found if manifest.members.get(name) != found.get(name)):
        raise BackupError(f"{file} is damaged: {', '.join(harmed[:5])} differ from its manifest.")
    return manifest


class _Digest(io.RawIOBase):
    """Reads a stream and sums it up on the way."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._size = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._sha256.update(block)
        self._size += len(block)
        return block

    def summary(self) -> dict[str, int | str]:
        return {"size": self._size, "sha256": self._sha256.hexdigest()}


def _add(archive: tarfile.TarFile, path: Path, name: str) -> dict[str, int | str]:
    entry = archive.gettarinfo(path, name)
    with path.open("rb") as stream:
        digest = _Digest(stream)
        archive.addfile(entry, digest)
    return digest.summary()


def _name(installation: Installation, path: Path) -> str:
    return str(PurePosixPath(*path.relative_to(installation.home).parts))


@contextmanager
def _quiet(warehouse: Path) -> Iterator[None]:
    """No load and no forgetting takes files away meanwhile."""
    if not warehouse.is_dir():
        yield
        return
    with (warehouse / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_empty(installation: Installation) -> bool:
    with psycopg.connect(installation.url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return row == (0,)


def _transaction(installation: Installation) -> int:
    with psycopg.connect(installation.url) as connection:
        row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _advance_transactions(server: psycopg.Connection[tuple[object, ...]], beyond: int) -> None:
    """Use up transaction ids until the server is past `beyond`.

    A new server counts from about 700. Events that came from a server further on would lie in its future: consumers
    would wait for them for months, and take newer events for old ones.
    """
    server.execute("SET synchronous_commit = off")
    server.execute(
        f"DO $$ BEGIN WHILE pg_current_xact_id()::text::bigint <= {int(beyond)} LOOP COMMIT; END LOOP; END $$"
    )
    server.execute("RESET synchronous_commit")


def _maintenance(installation: Installation) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_conninfo(installation.url, dbname="postgres"), autocommit=True)


def _swap(
    server: psycopg.Connection[tuple[object, ...]],
    installation: Installation,
    name: str,
    fresh: str,
    folder: Path,
) -> None:
    """Exchange the names of the two databases, and the folders, in one step as far as anybody can see."""
    aside = f"{fresh}_old"
    moved: list[tuple[Path, Path]] = []
    try:
        with server.transaction():
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for old, new in ((name, aside), (fresh, name), (aside, fresh)):
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                server.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
            for part in (FILES, WAREHOUSE):
                present = installation.home / part
                for source, target in ((present, folder / f"replaced-{part}"), (folder / part, present)):
                    if source.exists():
                        source.rename(target)
                        moved.append((source, target))
    except BaseException:
        for source, target in reversed(moved):
            target.rename(source)
        raise


def _program(installation: Installation, program: str, *arguments: str, url: str | None = None) -> None:
    """Run one of PostgreSQL's programs on the database; the password is passed where `ps` cannot see it."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url or installation.url))
    password = parts.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    command = [str(installation.programs / program), f"--dbname={make_conninfo(**parts)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def free_bytes(folder: Path) -> int:
    """Space left on the disk that holds `folder` (or will)."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
