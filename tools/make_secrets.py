#!/usr/bin/env python3
"""Make the secret files of docker-compose.yml in ``secrets/``: fresh passwords, keys and addresses. Never overwrites."""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import sys
from pathlib import Path

# The image's user: compose mounts the files as they are, and the key file must be its owner's alone.
PORTAL_UID = 10001
DATABASE = "db:5432/justice"


def new_secrets() -> dict[str, str]:
    """Return file name → content."""
    admin, owner, app, backup, broker = (secrets.token_urlsafe(32) for _ in range(5))
    key = {
        name: base64.b64encode(secrets.token_bytes(size)).decode() for name, size in (("encrypt", 16), ("index", 32))
    }
    return {
        "database_admin_password": admin,
        "database_admin_url": f"postgresql://postgres:{admin}@db:5432/postgres",
        "database_owner_url": f"postgresql://justice_owner:{owner}@{DATABASE}",
        "database_url": f"postgresql://justice_app:{app}@{DATABASE}",
        "database_backup_url": f"postgresql://justice_backup:{backup}@{DATABASE}",
        "broker_password": broker,
        "redis_url": f"redis://:{broker}@broker:6379/0",
        "secret_key": secrets.token_urlsafe(64),
        "field_keys.json": json.dumps({"active": "k1", "keys": {"k1": key}}, indent=2),
    }


def main() -> int:
    """Write the files, mode 0600."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent.parent / "secrets")
    folder: Path = parser.parse_args().folder
    folder.mkdir(mode=0o700, exist_ok=True)
    contents = new_secrets()
    if taken := sorted(name for name in contents if (folder / name).exists()):
        print(f"{folder} already holds {', '.join(taken)}: nothing was written.", file=sys.stderr)
        return 1
    for name, content in contents.items():
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(content)
        if os.geteuid() == 0:
            os.chown(folder / name, PORTAL_UID, PORTAL_UID)
    print(
        f"{len(contents)} files written to {folder}: keep a copy of field_keys.json apart from the database's backups."
    )
    if os.geteuid() != 0:
        print(f"Give them to the portal's user: sudo chown {PORTAL_UID} {folder}/*")
    return 0


if __name__ == "__main__":
    sys.exit(main())
