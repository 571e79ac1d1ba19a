"""Every table keeps what its kind promises: policies, triggers, rights, managers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from casework.lines import record_types
from offices.kinds import TableKind, document, kind_of
from offices.scoping import BetweenManager, OfficeScopedManager

PROTECTED = {TableKind.SCOPED, TableKind.CHILD}
# Figures follow from audited rows and are written by the million.
NOT_AUDITED = {
    *("reports_cell", "reports_sheet", "reports_contribution"),
    *("reports_sheetaction", "reports_sheetrow", "reports_editionsheet", "reports_differencenotice"),
}

# Own rows that their owner may let the unit read, by a policy for SELECT alone.
READ_BY_THE_UNIT = {"casework_savedview": ["shared"]}


def of_kind(*kinds: TableKind) -> list[type[models.Model]]:
    """Return the models of some kinds."""
    return [model for model in apps.get_models() if kind_of(model) in kinds]


def column(sql: str, *params: Any) -> list[Any]:
    """Return the first column of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def triggers_of(table: str) -> set[str]:
    """Return the names of a table's triggers."""
    return set(column("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", table))


def rights_on(table: str) -> set[str]:
    """Return what the application role may do with a table."""
    wanted = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    return {right for right in wanted if column("SELECT has_table_privilege('justice_app', %s, %s)", table, right)[0]}


def ids(model: type[models.Model]) -> str:
    """Name a parametrised test after its table."""
    return model._meta.db_table


def test_every_model_says_its_kind() -> None:
    assert all(kind_of(model) for model in apps.get_models())


def test_the_list_of_tables_is_up_to_date() -> None:
    path = Path(settings.BASE_DIR) / "docs" / "tables.md"
    assert path.read_text(encoding="utf-8") == document(), "run manage.py document_tables"


@pytest.mark.django_db
@pytest.mark.parametrize("model", of_kind(TableKind.SCOPED, TableKind.CHILD, TableKind.OWN), ids=ids)
def test_a_protected_table_forces_its_policy(model: type[models.Model]) -> None:
    forced = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
    assert column(forced, model._meta.db_table) == [True]
    policies = column("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1", model._meta.db_table)
    own = ["own", *READ_BY_THE_UNIT.get(model._meta.db_table, ())]
    assert policies == (own if kind_of(model) is TableKind.OWN else ["scope", "scope_delete"])


@pytest.mark.django_db
@pytest.mark.parametrize("model", of_kind(TableKind.BETWEEN), ids=ids)
def test_a_table_between_two_units_forces_its_policy_and_is_changed_by_functions_alone(
    model: type[models.Model],
) -> None:
    table = model._meta.db_table
    assert column("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table) == [
        True
    ]
    assert column("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", table) == ["scope"]
    assert rights_on(table) == {"SELECT", "INSERT"}
    assert {"fill_scope", "fill_target", "audit_insert", "audit_update", "audit_delete"} <= triggers_of(table)
    assert [type(manager) for manager in (model._default_manager, model._base_manager)] == [BetweenManager] * 2
    assert {f"{end}{unit}" for end in ("", "to_") for unit in ("office", "county", "city")} <= {
        field.name for field in model._meta.concrete_fields
    }


@pytest.mark.django_db
@pytest.mark.parametrize("model", of_kind(*PROTECTED), ids=ids)
def test_a_protected_table_has_its_triggers(model: type[models.Model]) -> None:
    found = triggers_of(model._meta.db_table)
    # Copied with the event that they keep, in one statement for thousands of rows.
    if model._meta.db_table not in {"reports_contribution", "reports_sheetrow"}:
        assert "fill_scope" in found
    if model._meta.db_table not in NOT_AUDITED:
        assert {"audit_insert", "audit_update", "audit_delete"} <= found


@pytest.mark.parametrize("model", of_kind(*PROTECTED), ids=ids)
def test_a_protected_model_has_only_the_scoped_manager(model: type[models.Model]) -> None:
    assert isinstance(model._default_manager, OfficeScopedManager)
    assert isinstance(model._base_manager, OfficeScopedManager)
    assert [type(manager) for manager in model._meta.managers] == [OfficeScopedManager]


@pytest.mark.django_db
@pytest.mark.parametrize("model", of_kind(TableKind.REFERENCE), ids=ids)
def test_a_reference_table_is_only_read(model: type[models.Model]) -> None:
    assert rights_on(model._meta.db_table) == {"SELECT"}


@pytest.mark.django_db
@pytest.mark.parametrize("model", of_kind(TableKind.STAGING), ids=ids)
def test_a_staging_table_is_unlogged_outside_the_policies_and_never_changed(model: type[models.Model]) -> None:
    table = model._meta.db_table
    assert column("SELECT relpersistence::text FROM pg_class WHERE oid = %s::regclass", table) == ["u"]
    assert column("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", table) == []
    assert rights_on(table) == {"SELECT", "INSERT", "DELETE"}
    # What the audit kept of a row on its way would outlive it.
    assert triggers_of(table) == set()
    assert {"batch", "user_id"} <= {field.name for field in model._meta.concrete_fields}


@pytest.mark.django_db
def test_nobody_who_serves_pages_can_change_what_happened() -> None:
    assert rights_on("offices_auditentry") == {"SELECT"}
    assert rights_on("offices_accessentry") == {"SELECT", "INSERT"}
    assert rights_on("casework_dirtymark") == set()
    assert rights_on("casework_numbercounter") == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    ["casework_recordevent", "casework_issueddocument", "casework_countedevent", "offices_auditentry"]
    + ["offices_accessentry", "reports_edition", "reports_sheet", "reports_contribution", "reports_editionfile"]
    + ["reports_sheetaction", "reports_monthedition", "reports_editionsheet"]
    + ["reports_correctionstep", "reports_adjustment"],
)
def test_what_happened_and_what_was_issued_is_append_only(table: str) -> None:
    assert "append_only" in triggers_of(table)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(record_types()), ids=lambda kind: kind.code)
def test_a_counted_table_marks_its_changes(kind: Any) -> None:
    assert {"mark_update", "mark_delete"} <= triggers_of(kind.model._meta.db_table)


@pytest.mark.parametrize("model", of_kind(*PROTECTED), ids=ids)
def test_uniqueness_never_reaches_across_offices(model: type[models.Model]) -> None:
    """A key that two offices could both hold would be an error page for one and a hint about the other."""
    own_columns = {"office", "unit", "number_body", "edition", "dispute", "replaces", "record_id", "committee"}
    own_columns |= {"center", "round", "sheet", "volume"}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert set(constraint.fields) & own_columns, constraint.name
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            assert field.name in {"public_id", "replaces", "dispute"}, field.name


@pytest.mark.parametrize("model", [m for m in apps.get_models() if kind_of(m) is not TableKind.LIBRARY], ids=ids)
def test_a_model_has_a_docstring_an_order_and_a_name(model: type[models.Model]) -> None:
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")
    assert model._meta.ordering
    assert model.__str__ is not models.Model.__str__
