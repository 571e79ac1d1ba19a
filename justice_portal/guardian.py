"""Stops the launcher's children when the launcher is gone, even by SIGKILL. Started by ``processes.Guardian``.

Standard input carries lines ``+ GROUP SIGNAL SERVER`` and ``- GROUP``; its end is the order to stop what is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

APPLICATION_PATIENCE = 6.0
SERVER_PATIENCE = 20.0


def still_there(group: int) -> bool:
    """Tell whether a living process of the group is left; dead ones that their parent has not read yet do not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return not os.path.isdir("/proc/self") or any(lives_in(group, entry) for entry in os.listdir("/proc"))


def lives_in(group: int, process: str) -> bool:
    """Tell whether the entry of /proc is a process of the group that has not ended."""
    if not process.isdigit():
        return False
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            state, _, process_group = file.read().rpartition(")")[2].split()[:3]
    except OSError:  # it has ended meanwhile
        return False
    return int(process_group) == group and state not in "ZX"


def stop(groups: dict[int, int], patience: float) -> None:
    """Signal all groups (group → signal), wait for them together, and kill what is left after ``patience`` seconds."""
    for group, number in groups.items():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
    end = time.monotonic() + patience
    while any(map(still_there, groups)) and time.monotonic() < end:
        time.sleep(0.1)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def main() -> None:
    """Follow the launcher's book of groups to its end, then stop applications first and servers last."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    applications: dict[int, int] = {}
    servers: dict[int, int] = {}
    for line in sys.stdin:
        sign, group, *rest = line.split()
        if sign == "+":
            (servers if rest[1] == "1" else applications)[int(group)] = int(rest[0])
        else:
            applications.pop(int(group), None)
            servers.pop(int(group), None)
    stop(applications, APPLICATION_PATIENCE)
    stop(servers, SERVER_PATIENCE)


if __name__ == "__main__":
    main()
