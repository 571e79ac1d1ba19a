"""Personal identifiers at rest: SM4-GCM encryption, HMAC-SM3 blind index, model fields and masks.

Law: Personal Information Protection Law art. 51; GB/T 39786 (storage secrecy).
A stored value is ``version byte, length of key id, key id, 12-byte nonce, ciphertext, 16-byte tag``. The context
(``table.column``) is authenticated with it, so that a value copied into another column cannot be read there;
a migration that renames a table or a column must therefore write its values anew.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import FieldError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Transform
from django.views.decorators.debug import sensitive_variables

from offices.keys import TAG_BYTES, FileKeyProvider, KeyProvider, SecrecyError, key_provider, write_new_key_file

__all__ = [
    "BlindIndexField",
    "EncryptedField",
    "FileKeyProvider",
    "KeyProvider",
    "SecrecyError",
    "blind_index",
    "decrypt",
    "encrypt",
    "half_width",
    "key_provider",
    "mask_address",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "normalise_identifier",
    "write_new_key_file",
]

VERSION = 1
# What stands for a stored value that a form showed masked and that nobody changed.
UNCHANGED = "unchanged"
NONCE_BYTES = 12
_HALF_WIDTH = {0x3000: 0x20} | {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
# Zero-width characters and byte order marks come with pasted text; no space pattern knows them.
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_VILLAGE = re.compile(r".*?(?:村|社区|居委会|居民委员会)", re.DOTALL)


@sensitive_variables()
def encrypt(text: str, context: str) -> bytes:
    """Encrypt a text for a context ``table.column`` under the active key."""
    provider = key_provider()
    key_id = provider.active
    nonce = secrets.token_bytes(NONCE_BYTES)
    header = bytes([VERSION, len(key_id)]) + key_id.encode("ascii")
    return header + nonce + provider.seal(key_id, nonce, _utf8(text), context.encode())


@sensitive_variables()
def decrypt(stored: bytes, context: str) -> str:
    """Return the text of a stored value; :class:`SecrecyError` when it was altered or belongs elsewhere."""
    nonce_at = 2 + (stored[1] if len(stored) > 1 else 0)
    sealed_at = nonce_at + NONCE_BYTES
    if len(stored) < sealed_at + TAG_BYTES or stored[0] != VERSION:
        raise SecrecyError("this is not an encrypted value of a known version")
    key_id = stored[2:nonce_at].decode("ascii", "backslashreplace")
    return key_provider().unseal(key_id, stored[nonce_at:sealed_at], stored[sealed_at:], context.encode()).decode()


@sensitive_variables()
def blind_index(text: str, context: str) -> bytes:
    """Return 32 bytes that are equal exactly for equal identifiers of one context, and tell nothing without the key.

    The context keeps the same person's values in two tables from being matched.
    """
    identifier = normalise_identifier(text)
    if not identifier:
        raise SecrecyError("an empty identifier has no index")
    provider = key_provider()
    return provider.digest(provider.active, context.encode() + b"\0" + _utf8(identifier))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # "from None": the codec's error carries the text.
        raise SecrecyError("the text holds half a character and cannot be stored") from None


def half_width(text: str) -> str:
    """Turn full-width letters, digits, signs and spaces into ASCII."""
    return text.translate(_HALF_WIDTH)


def normalise_identifier(text: str) -> str:
    """Return an identifier as it is stored and compared: half width, no blanks, capital letters."""
    return _INVISIBLE.sub("", half_width(text)).upper()


def mask_id_number(number: str) -> str:
    """Show the first six and last four of an 18-digit number; two at each end of a shorter paper's number."""
    first, last = (6, 4) if len(number) >= 15 else (2, 2)
    return _masked(number, first, last)


def mask_phone(number: str) -> str:
    """Show 138****5678, or the area code and last four digits of a landline; an extension is not shown."""
    landline = re.fullmatch(r"(0\d{2,3}-)(\d{7,8})(?:-\d+)?", number)
    if landline:
        return landline[1] + _masked(landline[2], 0, 4)
    return _masked(number, 3, 4)


def mask_name(name: str) -> str:
    """Show the first character and one star, which also hides the length."""
    return f"{name[0]}*" if name else ""


def mask_address(address: str) -> str:
    """Show an address down to the village or community; without one, at most six characters and never all."""
    village = _VILLAGE.match(address)
    shown = village[0] if village else address[: min(6, len(address) // 2)]
    return shown if shown == address else f"{shown}…"


def _masked(text: str, first: int, last: int) -> str:
    hidden = len(text) - first - last
    # A number that is hardly longer than its two shown ends would be shown whole.
    return text[:first] + "*" * hidden + text[-last:] if hidden >= 3 else "*" * len(text)


if TYPE_CHECKING:
    _TextField = models.Field[str | None, str | None]
    _BytesField = models.Field[str | bytes | None, bytes | None]
else:
    _TextField = _BytesField = models.Field


class EncryptedField(_TextField):
    """A text that the database holds encrypted (bytea): ``str`` or ``None`` in Python, NULL for the empty text.

    ``max_length`` limits the plain text. Only ``isnull`` can be asked of it; equality goes through a
    :class:`BlindIndexField` beside it.
    """

    empty_values = [None, ""]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    @property
    def context(self) -> str:
        """What a stored value is bound to: ``table.column``."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_internal_type(self) -> str:
        """Store as the bytes type of the database."""
        return "BinaryField"

    def get_prep_value(self, value: Any) -> bytes | None:
        """Encrypt; called once for each value by save, bulk_create, bulk_update and update."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise SecrecyError(f"{self.context} takes a text, not {type(value).__name__}")
        return encrypt(value, self.context)

    def from_db_value(self, value: Any, expression: object, connection: BaseDatabaseWrapper) -> str | None:
        """Decrypt."""
        return None if value is None else decrypt(bytes(value), self.context)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        """Refuse whatever would compare ciphertexts: no two are equal, so that it would silently find nothing."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: ask isnull, or its blind index, not {lookup_name}")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        """Refuse transforms, for the same reason."""
        raise FieldError(f"{self.name} is encrypted: {lookup_name} cannot be computed from it")

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse serialisation: it would write the plain text into a file."""
        raise SecrecyError(f"{self.context} is encrypted and never serialised")

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Offer a text input."""
        return super().formfield(**{"form_class": forms.CharField, "max_length": self.max_length, **kwargs})


class BlindIndexField(_BytesField):
    """The 32-byte blind index of an identifier.

    With ``source`` it is filled from that :class:`EncryptedField` of the same row by save and bulk_create (name both in
    ``update_fields``); lookups, update and bulk_update take the plain identifier. Without, it takes bytes from
    :func:`blind_index`.
    """

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        kwargs["max_length"] = 32
        kwargs.setdefault("editable", False)
        self.source = source
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Name the source in migrations."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs | ({"source": self.source} if self.source else {})

    def get_internal_type(self) -> str:
        """Store as the bytes type of the database."""
        return "BinaryField"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Take the index from the source, so that a saved row's two values agree."""
        if self.source:
            setattr(model_instance, self.attname, self.get_prep_value(getattr(model_instance, self.source)))
        return super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> bytes | None:
        """Turn a plain identifier into its index; bytes are one already."""
        if isinstance(value, str) and self.source:
            source = self.model._meta.get_field(self.source)
            if not isinstance(source, EncryptedField):
                raise SecrecyError(f"{self.name} indexes {self.source}, which is not an EncryptedField")
            return blind_index(value, source.context) if normalise_identifier(value) else None
        if value is None or (isinstance(value, (bytes, memoryview)) and len(value) == 32):
            return None if value is None else bytes(value)
        raise SecrecyError(f"{self.name} takes the 32 bytes of a blind index, not {type(value).__name__}")

    def from_db_value(self, value: Any, expression: object, connection: BaseDatabaseWrapper) -> bytes | None:
        """Give plain bytes, which compare equal, where the driver gives a view."""
        return None if value is None else bytes(value)
