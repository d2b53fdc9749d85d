"""A backup brings everything back, and a restore that fails has changed nothing."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from anello.config import backup
from anello.config.postgres import TEST_SETTINGS, Server, find_binaries

LASTING = (
    "landing/00000001.json",
    "landing/outside_purchase.shop/00000001.parquet",
    "sources/shop.toml",
    "forgotten.json",
)
PASSING = ("built/1.duckdb", "writer.lock", "progress.json")
"""What of the warehouse is nowhere else, and what it makes again by itself."""


@pytest.fixture
def installation(place: Path) -> Iterator[backup.Installation]:
    with Server(place / "home", settings=TEST_SETTINGS) as server:
        made = backup.Installation(server.url(), place / "home", find_binaries())
        execute(made, "CREATE TABLE person (name text)", "INSERT INTO person VALUES ('Rossi')")
        (made.files / "ab").mkdir(parents=True)
        (made.files / "ab" / "contract.pdf").write_bytes(b"signed")
        for name in LASTING + PASSING:
            (made.warehouse / name).parent.mkdir(parents=True, exist_ok=True)
            (made.warehouse / name).write_bytes(name.encode())
        yield made


def execute(installation: backup.Installation, *statements: str) -> None:
    with psycopg.connect(installation.url) as connection:
        for statement in statements:
            connection.execute(statement)


def state(installation: backup.Installation) -> tuple[list[str], dict[str, bytes], int]:
    """People, files, number of databases on the server."""
    with psycopg.connect(installation.url) as connection:
        people = [row[0] for row in connection.execute("SELECT name FROM person ORDER BY name")]
        databases = connection.execute("SELECT count(*) FROM pg_database").fetchone()
    files = {
        str(p.relative_to(installation.home)): p.read_bytes()
        for part in (installation.files, installation.warehouse)
        for p in part.rglob("*")
        if p.is_file() and p.relative_to(installation.home).as_posix() not in {f"warehouse/{name}" for name in PASSING}
    }
    assert databases
    return people, files, databases[0]


def repack(archive: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    """Rewrite an archive with names and contents changed."""
    with tarfile.open(archive) as old:
        members = [change(entry.name, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]
    with tarfile.open(archive, "w") as new:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))


def test_what_was_backed_up_comes_back(installation: backup.Installation, place: Path) -> None:
    before = state(installation)
    backup.write(installation, place / "monday.anello")
    execute(installation, "UPDATE person SET name = 'Bianchi'", "CREATE TABLE later (x int)")
    (installation.files / "ab" / "contract.pdf").write_bytes(b"changed")
    (installation.files / "new.txt").write_bytes(b"new")
    (installation.warehouse / LASTING[1]).unlink()
    (installation.warehouse / "landing" / "00000002.json").write_bytes(b"later")
    backup.restore(installation, place / "monday.anello", replace=True)
    assert state(installation) == before
    assert not [name for name in PASSING if (installation.warehouse / name).exists()]


def test_a_backup_moves_to_another_server_and_its_transactions_stay_in_the_past(
    installation: backup.Installation, place: Path
) -> None:
    for _ in range(50):  # the old server is further on than a new one
        execute(installation, "SELECT pg_current_xact_id()")
    execute(installation, "CREATE TABLE happened AS SELECT pg_current_xact_id() AS tx")
    backup.write(installation, place / "old.anello")
    with Server(place / "new", settings=TEST_SETTINGS) as server:
        moved = backup.Installation(server.url(), place / "new", find_binaries())
        backup.restore(moved, place / "old.anello", replace=False)
        assert state(moved)[:2] == state(installation)[:2]
        with psycopg.connect(server.url()) as connection:
            row = connection.execute("SELECT tx < pg_snapshot_xmin(pg_current_snapshot()) FROM happened").fetchone()
        assert row == (True,)


def test_a_database_in_use_is_not_replaced_by_accident(installation: backup.Installation, place: Path) -> None:
    backup.write(installation, place / "a.anello")
    with pytest.raises(backup.BackupError, match="--replace"):
        backup.restore(installation, place / "a.anello", replace=False)


def test_a_damaged_archive_changes_nothing(installation: backup.Installation, place: Path) -> None:
    archive = place / "a.anello"
    backup.write(installation, archive)
    before = state(installation)
    archive.write_bytes(archive.read_bytes().replace(b"signed", b"forged"))
    with pytest.raises(backup.BackupError, match=r"contract\.pdf"):
        backup.restore(installation, archive, replace=True)
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(backup.BackupError, match="not a complete archive"):
        backup.restore(installation, archive, replace=True)
    assert state(installation) == before


def test_a_dump_that_does_not_load_changes_nothing(
    installation: backup.Installation, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = place / "a.anello"
    backup.write(installation, archive)
    before = state(installation)
    monkeypatch.setattr(backup, "verify", lambda file: backup.Manifest(1, "0", "now", 0, {}))
    repack(archive, lambda name, content: (name, content[:-200] if name == backup.DUMP else content))
    with pytest.raises(backup.BackupError, match="pg_restore"):
        backup.restore(installation, archive, replace=True)
    assert state(installation) == before


def test_an_archive_that_would_write_elsewhere_changes_nothing(
    installation: backup.Installation, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = place / "a.anello"
    backup.write(installation, archive)
    before = state(installation)
    monkeypatch.setattr(backup, "verify", lambda file: backup.Manifest(1, "0", "now", 0, {}))
    repack(archive, lambda name, content: (name.replace("files/ab", "../elsewhere"), content))
    with pytest.raises(backup.BackupError, match="outside"):
        backup.restore(installation, archive, replace=True)
    assert state(installation) == before
    assert not (installation.home / "elsewhere").exists()


def test_files_that_cannot_be_swapped_leave_database_and_files_alone(
    installation: backup.Installation, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.write(installation, place / "a.anello")
    execute(installation, "INSERT INTO person VALUES ('Verdi')")
    before = state(installation)
    rename = Path.rename

    def fail_on_the_new_files(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".restore-") and self.name == "files":
            raise OSError("disk error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_on_the_new_files)
    with pytest.raises(OSError, match="disk error"):
        backup.restore(installation, place / "a.anello", replace=True)
    assert state(installation) == before


def test_an_archive_is_never_overwritten_and_only_its_owner_reads_it(
    installation: backup.Installation, place: Path
) -> None:
    archive = place / "a.anello"
    backup.write(installation, archive)
    assert archive.stat().st_mode & 0o077 == 0
    with pytest.raises(backup.BackupError, match="exists already"):
        backup.write(installation, archive)
    assert [path.name for path in place.glob("*.partial")] == []
