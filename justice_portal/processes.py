"""Child processes that never outlive the launcher, and the unprivileged account they run under."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUARDIAN = Path(__file__).with_name("guardian.py")
LOG_LIMIT = 10_000_000
LOG_TAIL = 3000
PR_SET_PDEATHSIG = 1
# Loaded here, not in the child: between fork and exec nothing may take a lock of the dynamic linker.
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Account:
    """The operating-system user that servers run as; None in its place means the launcher's own user."""

    name: str
    uid: int
    gid: int


def unprivileged_account(project: Path) -> Account | None:
    """Return whom a launcher started by root drops to: the owner of the project folder, or nobody if that is root.

    None for an ordinary user, who keeps his own rights.
    """
    if os.geteuid() != 0:
        return None
    owner = project.stat().st_uid
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def die_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel, inside a new child, for ``death_signal`` when the launcher's main thread ends.

    Runs after the change of user, which would undo it, and before exec, which keeps it. Linux only; elsewhere the
    guardian alone does this work.
    """
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # the launcher died between fork and prctl: the signal will never come
            os._exit(1)


def spawn_options(account: Account | None, death_signal: int) -> dict[str, Any]:
    """Return the arguments of subprocess.Popen that drop rights and tie the child to this process."""
    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "preexec_fn": functools.partial(die_with_parent, death_signal, os.getpid()),
    }
    if account:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def run_as(
    account: Account | None,
    words: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | str = "/",
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end under the account, its output captured; the caller looks at ``returncode``."""
    return subprocess.run(
        [str(word) for word in words],
        env=environment,
        cwd=folder,
        text=True,
        capture_output=True,
        **spawn_options(account, signal.SIGTERM),
    )


def succeeds(account: Account | None, words: Sequence[str | Path]) -> bool:
    """Tell whether a command can be executed by the account and ends well."""
    try:
        return run_as(account, words).returncode == 0
    except PermissionError:  # the program itself cannot be reached
        return False


def make_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only the account may enter (mode 0700), and give it what lies in it; return the path."""
    path.mkdir(parents=True, exist_ok=True)
    if account:
        hand_over(path, account)
    path.chmod(0o700)
    return path


def hand_over(path: Path, account: Account) -> None:
    """Give a file or a folder with everything in it to the account; only root can, and only where it is not so yet."""
    for entry in [path, *path.rglob("*")]:
        if entry.lstat().st_uid != account.uid:
            os.chown(entry, account.uid, account.gid, follow_symlinks=False)


class Guardian:
    """A tiny process that outlives a killed launcher just long enough to stop the launcher's children.

    It reads process groups from a pipe; the end of the pipe, which the kernel closes however the launcher ends, is the
    order to stop them. It holds ``lock`` (an inherited file descriptor) meanwhile, so that the next start waits.
    """

    def __init__(self, lock: int | None = None) -> None:
        """Start the process."""
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
        )

    def watch(self, group: int, stop_signal: int, *, server: bool) -> None:
        """Add a process group; servers are stopped after everything that uses them."""
        self._tell(f"+ {group} {stop_signal:d} {server:d}")

    def forget(self, group: int) -> None:
        """Remove a process group that has ended, before its number is used again."""
        self._tell(f"- {group}")

    def _tell(self, line: str) -> None:
        assert self._popen.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.write(f"{line}\n".encode())
            self._popen.stdin.flush()

    def close(self) -> None:
        """Let the guardian stop whatever is still there, and wait for it."""
        assert self._popen.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()
        self._popen.wait()


class Child:
    """One long-running process in its own process group, with its log file."""

    def __init__(
        self,
        name: str,
        words: Sequence[str | Path],
        *,
        guardian: Guardian,
        environment: Mapping[str, str],
        log: Path,
        account: Account | None = None,
        folder: Path | str = "/",
        stop_signal: signal.Signals = signal.SIGTERM,
        server: bool = False,
    ) -> None:
        """Describe the process; ``start`` starts it."""
        self.name = name
        self.words = [str(word) for word in words]
        self.log = log
        self._guardian = guardian
        self._environment = dict(environment)
        self._account = account
        self._folder = folder
        self._stop_signal = stop_signal
        self._server = server
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the last start; also its process group."""
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Start the process; call it from the main thread, whose end the kernel takes for the launcher's."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self.words,
                env=self._environment,
                cwd=self._folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **spawn_options(self._account, self._stop_signal),
            )
        self._guardian.watch(self._popen.pid, self._stop_signal, server=self._server)

    def exit_code(self) -> int | None:
        """Return the exit code once the process has ended; the rest of its group is killed then."""
        if self._popen is None or (code := self._popen.poll()) is None:
            return None
        self.signal_group(signal.SIGKILL)
        self._guardian.forget(self._popen.pid)
        return code

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and all its descendants."""
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, number)

    def ask_to_stop(self) -> None:
        """Send the stop signal to the process itself; it tells its own children."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(self._stop_signal)

    def stop(self, *, patience: float) -> None:
        """Ask, wait at most ``patience`` seconds, then kill the whole group."""
        self.ask_to_stop()
        if self._popen is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(timeout=max(patience, 0.1))
            self.signal_group(signal.SIGKILL)
            self._popen.wait()
            self._guardian.forget(self._popen.pid)

    def last_words(self) -> str:
        """Return the end of the log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:] if self.log.exists() else ""


def stop_all(children: Sequence[Child], *, patience: float) -> None:
    """Stop several children at once: all are asked first, then waited for together."""
    for child in children:
        child.ask_to_stop()
    end = time.monotonic() + patience
    for child in children:
        child.stop(patience=end - time.monotonic())
