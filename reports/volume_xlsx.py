"""The XLSX twin of a volume: every form's figures as numbers, of a province down to its township offices."""

from __future__ import annotations

from typing import IO

from django.utils.timezone import localdate, localtime

from reports.content import day_label, month_label
from reports.report_xlsx import Cell, formats_of, open_workbook, write_rows, write_tables
from reports.volume import TOLD_PERIODS, VolumeContent, told_rows
from reports.volume_pdf import volume_label


def write_volume_xlsx(content: VolumeContent, stream: IO[bytes]) -> None:
    """Write the workbook to ``stream``, which must be seekable. Reads nothing but ``content``."""
    workbook = open_workbook(stream, content.title(), content.issued_by, content.sealed_at)
    formats = formats_of(workbook)
    write_rows(workbook, formats, "封面", _cover(content), widths=(20, 60))
    if content.told:
        write_rows(workbook, formats, "综合指标", _told(content), widths=(8, 40, 10, 14, 14, 14), head=1)
    for part in content.parts:
        write_tables(workbook, formats, part, part.form_code)
    if content.explained:
        write_rows(workbook, formats, "单位说明", _explained(content), widths=(24, 10, 30, 60, 60), head=1)
    write_rows(workbook, formats, "元数据", _metadata(content), widths=(24, 70), head=1)
    workbook.close()


def _cover(content: VolumeContent) -> list[list[Cell]]:
    forms: list[list[Cell]] = [["收录", f"{one.furniture.form_no} {one.furniture.title}"] for one in content.parts]
    days: list[list[Cell]] = [["统计期间", content.days]] if content.days else []
    reason: list[list[Cell]] = [["更正说明", content.reason]] if content.reason else []
    return [
        ["名称", content.title()],
        ["期别", month_label(content.month)],
        ["编报单位", content.issued_by],
        ["版次", volume_label(content)],
        ["定稿日期", day_label(localdate(content.sealed_at))],
        ["校验码", content.digest],
        *days,
        *reason,
        *forms,
        ["说明", "金额单位为万元，按合计数四舍五入保留两位小数；“—”表示不适用，“…”表示无数据，空白为未报送。"],
    ]


def _told(content: VolumeContent) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["序号", "指标名称", "计量单位", *TOLD_PERIODS.values()]]
    rows += [[row.number, row.name, row.unit, *row.values] for row in told_rows(content)]
    return rows


def _explained(content: VolumeContent) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["单位", "表", "审核关系", "提示", "说明"]]
    return rows + [[one.unit, one.form, one.check, one.finding, one.answer] for one in content.explained]


def _metadata(content: VolumeContent) -> list[list[Cell]]:
    return [
        ["key", "value"],
        ["period", f"{content.month:%Y-%m}"],
        ["unit_code", content.unit.code],
        ["unit_name", content.unit.name],
        ["volume", content.number],
        ["forms", ",".join(part.form_code for part in content.parts)],
        ["digest", content.digest],
        ["sealed_at", localtime(content.sealed_at).isoformat(timespec="seconds")],
        ["money_unit", "10000 CNY"],
    ]
