"""The ledger of disputes as the shared import knows it."""

from __future__ import annotations

from casework.imports.columns import ImportSheet
from mediation.imports.building import build, case_key, numbering, parties_of, registered_on
from mediation.imports.checks import check
from mediation.imports.columns import COLUMNS
from mediation.imports.words import known
from mediation.models import Agreement, DisputeMediator, Party
from mediation.services.disputes import case_name

SHEET = ImportSheet(
    version=1,
    columns=COLUMNS,
    known=known,
    check=check,
    key=case_key,
    key_column="first_name",
    confirm="is_another",
    day=registered_on,
    title=lambda values: case_name(parties_of(values), values["dispute_type"]),
    numbering=numbering,
    build=build,
    children=((Party, "dispute"), (DisputeMediator, "dispute"), (Agreement, "dispute")),
)
