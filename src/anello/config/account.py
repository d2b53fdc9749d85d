"""The system account that owns the embedded database: oneself, or, for root, the account `anello`."""

from __future__ import annotations

import errno
import os
import pwd
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ACCOUNT = "anello"


class AccountError(Exception):
    """The account cannot be made or used; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """Who runs the database. `switch` is true when that is not the present user (that is, for root)."""

    uid: int
    gid: int
    switch: bool

    @classmethod
    def for_data(cls, data: Path) -> Self:
        """The owner of the data folder; before it exists, the present user or, for root, the account `anello`."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        if data.exists() and data.stat().st_uid != 0:
            owner = data.stat()
            return cls(owner.st_uid, owner.st_gid, switch=True)
        entry = _system_account()
        return cls(entry.pw_uid, entry.pw_gid, switch=True)

    def arguments(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program as this account, deaf to the caller's PostgreSQL variables."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}
        return {"env": environment, "cwd": "/", **identity}

    def own_folder(self, folder: Path) -> None:
        """Make sure that the folder exists, is this account's and closed to everybody else."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.switch and folder.stat().st_uid == 0:
            os.chown(folder, self.uid, self.gid)
        if folder.stat().st_uid != self.uid or folder.is_symlink():
            raise AccountError(f"{folder} belongs to another user; remove it or choose another ANELLO_HOME.")
        folder.chmod(0o700)

    def let_through(self, folder: Path) -> None:
        """Let this account, and nobody else, pass through the folders that lead to `folder` (for example /root)."""
        if not self.switch or self._enters(folder):
            return
        for step in [*reversed(folder.parents), folder]:
            if not self._enters(step):
                _allow_search(step, self.uid)

    def _enters(self, folder: Path) -> bool:
        return not subprocess.run(["test", "-x", folder], check=False, **self.arguments()).returncode


def _system_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(ACCOUNT)  # also when another start made it at the same moment
    except KeyError:
        raise AccountError(
            f"PostgreSQL does not run as root, and the account {ACCOUNT} could not be made ({done.stderr.strip()}). "
            "Run Anello as an ordinary user, or set DATABASE_URL."
        ) from None


# A POSIX access control list in Linux's extended attribute: a version, then sorted entries (tag, permissions, id).
_ACL, _ACL_VERSION, _NO_ID = "system.posix_acl_access", 2, 0xFFFFFFFF
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_SEARCH = 0o1


def _allow_search(folder: Path, uid: int) -> None:
    """Add `user:uid:--x` to the folder's access control list, like `setfacl -m`, which bare systems lack."""
    try:
        raw = os.getxattr(folder, _ACL)
        entries = {(tag, owner): rights for tag, rights, owner in struct.iter_unpack("<HHI", raw[4:])}
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
        mode = folder.stat().st_mode
        entries = {(_USER_OBJ, _NO_ID): mode >> 6 & 7, (_GROUP_OBJ, _NO_ID): mode >> 3 & 7, (_OTHER, _NO_ID): mode & 7}
    entries[_USER, uid] = entries.get((_USER, uid), 0) | _SEARCH
    entries[_MASK, _NO_ID] = entries.get((_MASK, _NO_ID), entries[_GROUP_OBJ, _NO_ID]) | _SEARCH
    packed = b"".join(struct.pack("<HHI", tag, rights, owner) for (tag, owner), rights in sorted(entries.items()))
    try:
        os.setxattr(folder, _ACL, struct.pack("<I", _ACL_VERSION) + packed)
    except OSError as error:
        raise AccountError(
            f"The account that runs PostgreSQL cannot enter {folder} ({error.strerror}). Allow it: chmod o+x {folder}, "
            "or move the project or ANELLO_HOME to an open folder, or run Anello as an ordinary user."
        ) from error
