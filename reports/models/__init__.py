"""Cells that change with the ledger, and sheets and editions that never do."""

from reports.models.cells import Cell, Drained
from reports.models.editions import Contribution, Definition, Edition, EditionFile, IssueRequest, Sheet

__all__ = ["Cell", "Contribution", "Definition", "Drained", "Edition", "EditionFile", "IssueRequest", "Sheet"]
