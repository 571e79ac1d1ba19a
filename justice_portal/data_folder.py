"""The data folder of ./run: one launcher at a time, where the servers' part of it lies, and --reset."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from justice_portal.environment import env
from justice_portal.processes import Account, succeeds

ROOT = Path(__file__).resolve().parent.parent
SHARED_HOME = Path("/var/lib/justice-portal")
LOCK_PATIENCE = 40.0
LOCK_NAME = "lock"
# Everything the portal keeps in its data folder: --reset removes these and touches nothing else.
KEPT = ("servers", "data", "secrets", "cache", "static", "log", "state.json", "demo-accounts.json", "environment")


class CannotStart(RuntimeError):
    """The portal cannot be started; the message says why and what to do."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[int]:
    """Hold the data folder for this launcher and yield the lock's file descriptor, which the guardian shares."""
    # A foreign folder would be given to the servers' account, and --reset would delete its "data".
    foreign = folder.is_dir() and any(folder.iterdir()) and not (folder / LOCK_NAME).is_file()
    if foreign and folder.resolve() != ROOT / "var":
        raise CannotStart(f"{folder} is neither empty nor a data folder of the portal: choose another --data.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise CannotStart(f"{folder} belongs to another user: start as that user, or choose another --data.") from None
    try:
        take(lock, folder)
        yield lock
    finally:
        os.close(lock)


def take(lock: int, folder: Path) -> None:
    """Lock the file and write our process id into it; wait only for the guardian of a launcher that is gone."""
    end = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode().strip()
            if time.monotonic() > end or (holder.isdigit() and is_alive(int(holder))):
                raise CannotStart(f"Another ./run is using {folder}: stop it, or choose another --data.") from None
            time.sleep(0.2)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)


def is_alive(pid: int) -> bool:
    """Tell whether a process of this number exists and has not ended."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:  # another user's process, or a system without /proc
        return True


def nearest_existing(folder: Path) -> Path:
    """Return the folder or its first ancestor that exists."""
    while not folder.is_dir():
        folder = folder.parent
    return folder


def server_home(folder: Path, account: Account | None) -> Path:
    """Return where the servers of a data folder keep their data.

    That is inside the folder; where their account cannot reach it (below /root, say), a stand-in below /var/lib.
    """
    if account is None or succeeds(account, ["test", "-x", nearest_existing(folder)]):
        return folder / "servers"
    return SHARED_HOME / hashlib.sha256(bytes(folder)).hexdigest()[:12]


def throw_away(folder: Path, home: Path) -> None:
    """Remove what the portal keeps in the folder, and the servers' data in ``home``; nothing may run on them."""
    if env("DATABASE_URL", ""):
        raise CannotStart(
            "The database named by DATABASE_URL would have to be emptied (--reset, or unfinished demo data): "
            f"make it anew yourself, and remove the folder {folder}."
        )
    for path in (home, *(folder / name for name in KEPT)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
