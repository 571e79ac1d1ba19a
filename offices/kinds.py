"""Every table has a kind; docs/tables.md is made from here and a test compares both with the database."""

from __future__ import annotations

from enum import Enum

from django.apps import apps
from django.db.models import Model


class TableKind(Enum):
    """What protects a table, in one sentence each."""

    SCOPED = "own office columns, one policy, kept by trigger"
    CHILD = "office columns copied from its parent row by trigger, one policy"
    BETWEEN = (
        "a row between two units: office columns of both ends, one policy that asks for either; changed by named "
        "functions alone"
    )
    OWN = "rows of one person, one policy on the user"
    STAGING = (
        "rows of an import on their way, unlogged and outside the policies: import id and user, secrets encrypted; the "
        "application role inserts, reads and deletes; empty when the import has ended"
    )
    SYSTEM = (
        "written by triggers and named functions; the application role holds only the rights listed in its migration"
    )
    REFERENCE = "read by all, written by the owner role"
    ACCOUNT = "people and posts, read before there is a scope; reach is tested by the pages that change them"
    LIBRARY = "belongs to a library: sessions, sign-in attempts, content types"


# A model says ``table_kind`` itself; tables of libraries cannot.
LIBRARIES = frozenset({"sessions", "axes", "auth", "contenttypes", "messages"})


def kind_of(model: type[Model]) -> TableKind:
    """Return the kind of a model's table; LookupError when the model does not say."""
    if model._meta.app_label in LIBRARIES:
        return TableKind.LIBRARY
    kind = getattr(model, "table_kind", None)
    if not isinstance(kind, TableKind):
        raise LookupError(f"{model._meta.label} does not say what kind its table is")
    return kind


def tables() -> dict[str, tuple[TableKind, str]]:
    """Return kind and purpose of every managed table by its name."""
    return {
        model._meta.db_table: (kind_of(model), str(model.__doc__ or "").split("\n")[0].split(". ")[0].rstrip("."))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
    }


def document() -> str:
    """Return docs/tables.md."""
    lines = [
        "# Tables",
        "",
        "Made from the models by `manage.py document_tables`; a test compares it with the database.",
        "",
    ]
    for kind in TableKind:
        lines += [f"## {kind.name.lower()}", "", f"{kind.value.capitalize()}.", "", "| table | purpose |", "|---|---|"]
        lines += [f"| {table} | {text} |" for table, (of, text) in sorted(tables().items()) if of is kind]
        lines.append("")
    return "\n".join(lines)
