#!/usr/bin/env python3
"""Django's command line. Without DATABASE_URL it talks to the portal that ./run keeps in var/."""

from __future__ import annotations

import os
import sys
from pathlib import Path

RUNNING_PORTAL = Path(__file__).resolve().parent / "var" / "environment"


def use_running_portal() -> None:
    """Fill the environment from ``var/environment`` (NAME=value lines that ./run writes and removes when it stops).

    A set DATABASE_URL means that the caller knows its servers: then nothing is taken from the file.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE") or not RUNNING_PORTAL.is_file():
        return
    for line in RUNNING_PORTAL.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator:
            os.environ.setdefault(name, value)


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "justice_portal.settings")
    use_running_portal()
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - the message below names the cure
    except ModuleNotFoundError:
        sys.exit("Django is not installed for this Python: use .venv/bin/python manage.py (./run makes .venv).")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
