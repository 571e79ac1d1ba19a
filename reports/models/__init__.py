"""Cells that change with the ledger, and sheets and editions that never do."""

from reports.models.cells import Cell, Drained
from reports.models.chain import DifferenceNotice, EditionSheet, MonthEdition, SheetAction, SheetRow, UnitSheet
from reports.models.corrections import Adjustment, CorrectionStep, SheetCorrection
from reports.models.dated import Parameter
from reports.models.editions import Contribution, Definition, Edition, EditionFile, IssueRequest, Sheet
from reports.models.volumes import Volume, VolumeFile

__all__ = [
    "Adjustment",
    "Cell",
    "Contribution",
    "CorrectionStep",
    "Definition",
    "DifferenceNotice",
    "Drained",
    "Edition",
    "EditionFile",
    "EditionSheet",
    "IssueRequest",
    "MonthEdition",
    "Parameter",
    "Sheet",
    "SheetAction",
    "SheetCorrection",
    "SheetRow",
    "UnitSheet",
    "Volume",
    "VolumeFile",
]
