"""The declaration of the line."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from casework.lines import BusinessLine, register
from mediation.declarations.alerts import ALERT_TYPE
from mediation.declarations.code_tables import CODE_TABLES
from mediation.declarations.confirmations import CONFIRMATION_TYPE
from mediation.declarations.disputes import DISPUTE
from mediation.declarations.organisations import CENTER_TYPE, COMMITTEE_TYPE, MEDIATOR_TYPE, STUDIO_TYPE
from mediation.declarations.reviews import REVIEW_TYPE
from mediation.declarations.screening import FINDING_TYPE, ROUND_TYPE
from mediation.indicators import FORMS, HEADLINES, INDICATORS, RATIOS

register(
    BusinessLine(
        code="mediation",
        label=_("人民调解"),
        record_types=(
            DISPUTE,
            ROUND_TYPE,
            FINDING_TYPE,
            ALERT_TYPE,
            REVIEW_TYPE,
            CONFIRMATION_TYPE,
            COMMITTEE_TYPE,
            MEDIATOR_TYPE,
            STUDIO_TYPE,
            CENTER_TYPE,
        ),
        indicators=INDICATORS,
        ratios=RATIOS,
        forms=FORMS,
        headlines=HEADLINES,
        code_tables=CODE_TABLES,
    )
)
