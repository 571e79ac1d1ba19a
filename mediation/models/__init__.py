"""Tables of the line (People's Mediation Law, 2010)."""

from mediation.models.alerts import RiskAlert
from mediation.models.base import LINE
from mediation.models.confirmations import JudicialConfirmation
from mediation.models.disputes import Agreement, Dispute, DisputeMediator, Party
from mediation.models.organisation_parts import (
    Allowance,
    CentreReception,
    Commendation,
    Funding,
    ResidentUnit,
    Training,
    TrainingCourse,
)
from mediation.models.organisations import MediationCommittee, MediationStudio, Mediator, OneStopCenter
from mediation.models.parts import (
    Agent,
    CriminalReview,
    Escalation,
    Evidence,
    Guardian,
    Investigation,
    Invitee,
    PerformanceItem,
    PreventiveEffect,
    ReturnVisit,
    Session,
    Transfer,
    UndisputedFact,
)
from mediation.models.screening import ScreeningFinding, ScreeningRound, VillageVisit

__all__ = [
    "LINE",
    "Agent",
    "Agreement",
    "Allowance",
    "CentreReception",
    "Commendation",
    "CriminalReview",
    "Dispute",
    "DisputeMediator",
    "Escalation",
    "Evidence",
    "Funding",
    "Guardian",
    "Investigation",
    "Invitee",
    "JudicialConfirmation",
    "MediationCommittee",
    "MediationStudio",
    "Mediator",
    "OneStopCenter",
    "Party",
    "PerformanceItem",
    "PreventiveEffect",
    "ResidentUnit",
    "ReturnVisit",
    "RiskAlert",
    "ScreeningFinding",
    "ScreeningRound",
    "Session",
    "Training",
    "TrainingCourse",
    "Transfer",
    "UndisputedFact",
    "VillageVisit",
]
