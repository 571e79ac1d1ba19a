"""The marks of the sheet that tells the quality of a month's reporting. Printed in Chinese whatever the language."""

from __future__ import annotations

from datetime import date

from casework.figures import Form

# Marks as the Statistics Law asks for them (article 17); it has no indicators of its own.
QUALITY_FORM = Form(
    code="Q",
    form_no="鲁司统Q表",
    title="报送质量通报",
    title_en="Reporting quality",
    issuer="山东省司法厅",
    approval_body="（由发文机关填写）",
    approval_no="（由发文机关填写）",
    valid_from=date(2022, 1, 1),
    valid_until=date(2027, 12, 31),
    unit_of_measure="张、个、%",
    indicators=(),
)
