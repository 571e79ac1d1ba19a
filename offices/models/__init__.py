"""Who may see and do what: offices, people, memberships and the record of what they did."""

from offices.models.audit import AccessEntry, AuditEntry
from offices.models.changes import UnitChange, UnitChangeLine, UnitName
from offices.models.office import Level, Office, Village
from offices.models.people import Membership, User

__all__ = [
    "AccessEntry",
    "AuditEntry",
    "Level",
    "Membership",
    "Office",
    "UnitChange",
    "UnitChangeLine",
    "UnitName",
    "User",
    "Village",
]
