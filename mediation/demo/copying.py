"""The tables that are filled by COPY, their columns, and the text that COPY reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from casework.models.record import ID_BITS, spelled
from mediation.demo.plan import OfficePlan

DISPUTE = "mediation_dispute"
PARTY = "mediation_party"
MEDIATOR = "mediation_disputemediator"
AGREEMENT = "mediation_agreement"
SESSION = "mediation_session"
VISIT = "mediation_returnvisit"
TRANSFER = "mediation_transfer"
HISTORY = "casework_recordevent"
COUNTED = "casework_countedevent"
SCOPE = ["office_id", "county_id", "city_id"]


def _columns(names: str) -> list[str]:
    return [*SCOPE, *names.split()]


# What every row of a dispute begins with.
_ROW = "public_id version user_id at dispute_id"
# The id of a dispute is given, those of all other rows come from the tables' own sequences.
TABLES: dict[str, list[str]] = {
    DISPUTE: _columns(
        "id public_id title number number_body state version registered_on due_on due_rule due_since created_by_id "
        "created_at updated_at dispute_type source is_difficult committee_id committee_kind village_id place occurred_on brief claims "
        "party_count amount recorder accepted_on rights_notice_on agreement_form agreed_on effective_on agreed_amount "
        "performance performance_due_on concluded_on closed_on archived_on dossier_pages "
        "subtype scale relation way office_role risk_flags failure told_routes mediators_chosen"
    ),
    PARTY: _columns(
        "dispute_id position role kind name sex birth_date occupation id_number id_index phone address credit_code "
        "representative ethnicity id_kind phone_index organisation_kind capacity own_labour is_adult"
    ),
    MEDIATOR: _columns("dispute_id mediator_id"),
    AGREEMENT: _columns("dispute_id facts terms performance_way copies"),
    SESSION: _columns(f"{_ROW} at_time place way attendees recorder text result"),
    VISIT: _columns(f"{_ROW} visited_on visited way reason performance satisfaction lawsuit danger measures visitor"),
    TRANSFER: _columns(f"{_ROW} body_kind body transferred_on reason materials receipt_on receiver result"),
    HISTORY: _columns(
        "line record_type record_id kind from_state to_state happened_on decider user_id at note details paper"
    ),
    COUNTED: _columns("line record_type record_id kind counted_on replaces_id is_replaced"),
}
_ID_MASK = (1 << ID_BITS) - 1


def public_id(number: int, seed: int) -> str:
    """Return ten characters for the ``number``-th dispute; two numbers never share one."""
    # Each line is a bijection of 50 bits: multiplying by an odd number, folding the upper half onto the lower.
    mixed = (number * 0x2545F4914F6CDD1D + _key(seed)) & _ID_MASK
    mixed ^= mixed >> 25
    mixed = mixed * 0x9E3779B97F4A7C15 & _ID_MASK
    mixed ^= mixed >> 25
    return spelled(mixed)


@lru_cache(maxsize=1)
def _key(seed: int) -> int:
    return Random(f"{seed}/public").getrandbits(ID_BITS)


def cell(value: Any) -> str:
    """Return a value in the text form of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        if "\n" in value or "\\" in value or "\t" in value:
            return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value)


def lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as COPY takes them."""
    return "".join("\t".join(map(cell, row)) + "\n" for row in rows).encode()


@dataclass
class OfficeRows:
    """The rows of one office, and the last dossier number of each (committee, year)."""

    plan: OfficePlan
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {table: [] for table in TABLES})
    numbers: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, table: str, *values: Any) -> None:
        """Add a row: the values of the columns after the scope columns, which are the office's."""
        self.rows[table].append((self.plan.id, self.plan.county_id, self.plan.city_id, *values))

    def data(self) -> dict[str, bytes]:
        """Return each table's rows as COPY takes them."""
        return {table: lines(rows) for table, rows in self.rows.items()}
