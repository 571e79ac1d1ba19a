"""The keys of field encryption: who holds them, and the key file of an installation.

SM4 GB/T 32907, GCM after RFC 8998, SM3 GB/T 32905.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

ENCRYPT_BYTES, INDEX_BYTES, TAG_BYTES = 16, 32, 16
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class SecrecyError(Exception):
    """A value cannot be encrypted, read or indexed, or the keys cannot be used. Never holds the value or a key."""


class KeyProvider(Protocol):
    """Whoever holds the keys: a key file here, a server crypto machine elsewhere. Keys never leave it."""

    @property
    def active(self) -> str:
        """The id (1 to 32 ASCII characters) of the key for new values."""

    def seal(self, key_id: str, nonce: bytes, plain: bytes, context: bytes) -> bytes:
        """Return SM4-GCM ciphertext and tag."""

    def unseal(self, key_id: str, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return the plain bytes, or raise :class:`SecrecyError` when anything was altered."""

    def digest(self, key_id: str, message: bytes) -> bytes:
        """Return the 32 bytes of HMAC-SM3 under the index key."""


@dataclass(frozen=True)
class _Keys:
    encrypt: bytes = field(repr=False)
    index: bytes = field(repr=False)


class FileKeyProvider:
    """Keys from a JSON file ``{"active": id, "keys": {id: {"encrypt": base64, "index": base64}}}`` of mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.active, self._keys = _read_key_file(path)

    def seal(self, key_id: str, nonce: bytes, plain: bytes, context: bytes) -> bytes:
        """Return SM4-GCM ciphertext and tag."""
        encryptor = Cipher(algorithms.SM4(self._key(key_id).encrypt), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def unseal(self, key_id: str, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        """Return the plain bytes, or raise :class:`SecrecyError` when anything was altered."""
        mode = modes.GCM(nonce, sealed[-TAG_BYTES:])
        decryptor = Cipher(algorithms.SM4(self._key(key_id).encrypt), mode).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()
        except InvalidTag:
            raise SecrecyError("an encrypted value was altered, or belongs to another column or key") from None

    def digest(self, key_id: str, message: bytes) -> bytes:
        """Return the 32 bytes of HMAC-SM3 under the index key."""
        digest = hmac.HMAC(self._key(key_id).index, hashes.SM3())
        digest.update(message)
        return digest.finalize()

    def _key(self, key_id: str) -> _Keys:
        try:
            return self._keys[key_id]
        except KeyError:
            raise SecrecyError(f"{self._path} holds no key {key_id!r}") from None


def _read_key_file(path: Path) -> tuple[str, dict[str, _Keys]]:
    try:
        with path.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read()
    except OSError as error:
        raise SecrecyError(f"key file {path} cannot be read: {error.strerror}; see manage.py make_field_keys") from None
    if mode & 0o077:
        raise SecrecyError(f"key file {path} is open to other users (mode {mode & 0o777:04o}): chmod 600 {path}")
    try:
        document = json.loads(content)
        keys = {key_id: _keys_of(entry) for key_id, entry in document["keys"].items() if _KEY_ID.fullmatch(key_id)}
        active = document["active"]
        if active not in keys or len(keys) != len(document["keys"]):
            raise ValueError("active key or key id")
    except (ValueError, KeyError, TypeError, AttributeError):
        # "from None": the decoder's error carries the whole file.
        raise SecrecyError(f"key file {path} is damaged: restore it, values cannot be read without it") from None
    return active, keys


def _keys_of(entry: dict[str, str]) -> _Keys:
    keys = _Keys(*(base64.b64decode(entry[use], validate=True) for use in ("encrypt", "index")))
    if (len(keys.encrypt), len(keys.index)) != (ENCRYPT_BYTES, INDEX_BYTES):
        raise ValueError("length of a key")
    return keys


def write_new_key_file(path: Path, *, key_id: str = "k1") -> None:
    """Write a file with one fresh key, mode 0600, whole or not at all; a file that exists is never touched."""
    key = {
        "encrypt": base64.b64encode(secrets.token_bytes(ENCRYPT_BYTES)).decode(),
        "index": base64.b64encode(secrets.token_bytes(INDEX_BYTES)).decode(),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump({"active": key_id, "keys": {key_id: key}}, opened, indent=2)
        opened.flush()
        os.fsync(opened.fileno())
    try:
        # A link, unlike a rename, fails when the name is taken: two starts at once cannot lose the first one's key.
        os.link(draft, path)
    except FileExistsError:
        raise SecrecyError(f"key file {path} exists already: values written under it would be lost") from None
    finally:
        draft.unlink()


def key_provider() -> KeyProvider:
    """Return the provider of this process, read once from ``settings.FIELD_KEYS_FILE``."""
    return _file_provider(str(settings.FIELD_KEYS_FILE))


@lru_cache(maxsize=4)
def _file_provider(path: str) -> FileKeyProvider:
    return FileKeyProvider(Path(path))
