"""What the line counts: the indicators of its statistical tables, the tables and their check relations."""

from mediation.indicators import case_memo, cases, organisations, screening
from mediation.indicators.headlines import HEADLINES

INDICATORS = (*cases.INDICATORS, *organisations.INDICATORS, *screening.INDICATORS)
RATIOS = (*case_memo.RATIOS, *screening.RATIOS)
# The table of cases comes first: its figures are those of the dashboard.
FORMS = (*cases.FORMS, *organisations.FORMS, *screening.FORMS)

__all__ = ["FORMS", "HEADLINES", "INDICATORS", "RATIOS"]
