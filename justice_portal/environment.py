"""Typed reading of environment variables: loud on bad input, silent never."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str | None = None) -> str:
    """Return the variable, or the content of the file named by ``NAME_FILE``.

    Raises ImproperlyConfigured naming the variable when neither is set and no default is given.
    """
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}") from error
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (or {name}_FILE).")
    return default


def env_bool(name: str, *, default: bool) -> bool:
    """Return 1/0 as a bool; anything else is an error."""
    value = env(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def env_list(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


def database(url: str) -> dict[str, object]:
    """Return Django's settings for a ``postgresql://user:password@host/name?host=/socket/dir`` address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured("A database address looks like postgresql://user:password@host:5432/name.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", parts.hostname or "")
    port = query.pop("port", parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": {"options": "-c timezone=Asia/Shanghai", **query},
    }


def celery_broker(url: str) -> str:
    """Return the address in Celery's spelling: ``unix://`` sockets are ``redis+socket://`` there."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        number = parse_qs(parts.query).get("db", ["0"])[-1]
        return f"redis+socket://{quote(parts.path)}?virtual_host={number}"
    if parts.scheme not in {"redis", "rediss"}:
        raise ImproperlyConfigured("REDIS_URL looks like redis://host:6379/0 or unix:///run/valkey.sock?db=0.")
    return url
