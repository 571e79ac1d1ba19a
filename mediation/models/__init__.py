"""Tables of the line (People's Mediation Law, 2010)."""

from mediation.models.alerts import AlertReport, RiskAlert
from mediation.models.base import LINE
from mediation.models.confirmations import JudicialConfirmation
from mediation.models.disputes import Agreement, Dispute, DisputeMediator
from mediation.models.organisation_parts import (
    Allowance,
    CentreReception,
    Commendation,
    CommitteeTerm,
    Funding,
    MediatorPost,
    ResidentUnit,
    Training,
    TrainingCourse,
)
from mediation.models.organisations import MediationCommittee, MediationStudio, Mediator, OneStopCenter
from mediation.models.parts import (
    Escalation,
    Evidence,
    Investigation,
    PerformanceItem,
    PreventiveEffect,
    ReturnVisit,
    Session,
    Transfer,
    UndisputedFact,
)
from mediation.models.people import Agent, Guardian, Invitee, Party
from mediation.models.reviews import CriminalReview
from mediation.models.screening import ScreeningFinding, ScreeningRound, VillageVisit

__all__ = [
    "LINE",
    "Agent",
    "Agreement",
    "AlertReport",
    "Allowance",
    "CentreReception",
    "Commendation",
    "CommitteeTerm",
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
    "MediatorPost",
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
