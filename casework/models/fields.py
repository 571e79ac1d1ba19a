"""Fields that know how their value is chosen and read: codes of a versioned table, amounts of money."""

from __future__ import annotations

from typing import Any

from django.db import models


class CodeField(models.CharField):
    """A code of the versioned table ``table``: forms offer the values of the day, pages show the label."""

    def __init__(self, *args: Any, table: str = "", **kwargs: Any) -> None:
        self.table = table
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Name the table in migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"table": self.table} if self.table else {})


class FenField(models.BigIntegerField):
    """An amount of money in whole fen: typed and shown in yuan."""


class CodesField(models.JSONField):
    """A list of codes of the versioned table ``table``, in its order."""

    def __init__(self, *args: Any, table: str = "", **kwargs: Any) -> None:
        self.table = table
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Name the table in migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"table": self.table} if self.table else {})
