"""The columns of a ledger of disputes. Their words are Chinese in every language, like all papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from casework.form_fields import EARLIEST_BIRTH
from casework.identifiers import IdentifierError, PaperNumber, parse_credit_code, parse_phone
from casework.identifiers import parse_resident_id as read_resident
from casework.imports import columns
from casework.imports.columns import YES_NO, CellError, ImportColumn, compact, words_of
from mediation.imports.words import (
    FORMS,
    KINDS,
    OTHER_RESULTS,
    PERFORMANCES,
    RESULTS,
    ROLES,
    SEXES,
    TERMS_UNKNOWN,
    Known,
)
from mediation.models import Party
from offices.secrecy import mask_address, mask_id_number, mask_phone


def _listed(name: str, label: str, table: str, message: Callable[[], str], **more: Any) -> ImportColumn:
    read = columns.read_word(lambda known: known.words[table], message)
    return ImportColumn(name=name, label=label, read=read, choices=lambda known: known.offered[table], **more)


def _fixed(name: str, label: str, words: Mapping[str, Any], also: Mapping[str, Any] = {}, **more: Any) -> ImportColumn:
    all_words = words_of([*words.items(), *also.items()])
    read = columns.read_word(lambda known: all_words, lambda: _("只能填：%(words)s。") % {"words": "、".join(words)})
    return ImportColumn(name=name, label=label, read=read, choices=lambda known: tuple(words), **more)


def _day(name: str, label: str, *, future: bool = False, **more: Any) -> ImportColumn:
    return ImportColumn(name=name, label=label, read=columns.read_date(future=future), width=13, **more)


def _text(name: str, label: str, most: int, **more: Any) -> ImportColumn:
    return ImportColumn(name=name, label=label, read=columns.read_text(most), **more)


def _in_list() -> str:
    return _("不在可选的内容中，请从下拉列表中选择。")


# What may be the number of a travel permit or a passport: the row says of which (mediation.imports.checks).
OTHER_PAPER = re.compile(r"[A-Z][A-Z0-9]{4,14}|[0-9]{8}|[0-9]{10}[A-Z]?|9[0-9]{16}[0-9X]")


def read_identifier(text: str, known: Known) -> PaperNumber | str:
    """Read a resident number or, where it is none, a credit code; what may be another paper's number is left as it is."""
    try:
        return read_resident(text, known.today)
    except IdentifierError as error:
        try:
            return parse_credit_code(text)
        except IdentifierError as other:
            plain = compact(text).upper()
            if OTHER_PAPER.fullmatch(plain) and not (len(plain) == 18 and plain[0] != "9"):
                return PaperNumber(plain)
            # Letters inside are those of a credit code; what has digits alone was meant as a resident number.
            message = error.message if plain[:-1].isdigit() or len(plain) != 18 else other.message
            raise CellError(message) from None


def _side(
    name: str, label: str, role: str, words: tuple[str, ...], example: tuple[str, str, str]
) -> tuple[ImportColumn, ...]:
    def also(*endings: str) -> tuple[str, ...]:
        return tuple(f"{word}{ending}" for word in words for ending in endings)

    shown = next(word for word, code in ROLES.items() if code == role)
    return (
        _text(
            f"{name}_name",
            f"{label}姓名或名称",
            100,
            required=True,
            example=example[0],
            synonyms=(*also("", "姓名", "名称"),),
        ),
        _fixed(f"{name}_role", f"{label}身份", ROLES, example=shown, note=f"不填为{shown}。"),
        _fixed(f"{name}_kind", f"{label}类别", KINDS, note="不填按证件号码判断，没有证件号码的为自然人。"),
        ImportColumn(
            name=f"{name}_identifier",
            label=f"{label}证件号码",
            read=read_identifier,
            note="自然人填身份证号，单位填统一社会信用代码；没有可不填。",
            width=22,
            synonyms=also("身份证号", "身份证号码", "身份证", "证件号"),
            mask=mask_id_number,
        ),
        _listed(f"{name}_id_kind", f"{label}证件类型", "mediation.id_kind", _in_list, note="不填为居民身份证。"),
        _fixed(f"{name}_sex", f"{label}性别", SEXES, note="可由身份证号带出。", synonyms=also("性别")),
        ImportColumn(
            name=f"{name}_birth_date",
            label=f"{label}出生日期",
            read=columns.read_date(earliest=EARLIEST_BIRTH),
            note="可由身份证号带出。",
            width=13,
            synonyms=also("出生日期", "出生年月日"),
        ),
        ImportColumn(
            name=f"{name}_phone",
            label=f"{label}联系电话",
            read=columns.read_checked(parse_phone),
            example=example[1],
            synonyms=also("电话", "联系方式", "手机号", "手机"),
            mask=mask_phone,
        ),
        _text(
            f"{name}_address",
            f"{label}单位或住址",
            120,
            example=example[2],
            width=24,
            synonyms=also("住址", "地址", "单位", "单位或住址"),
            mask=mask_address,
        ),
    )


COLUMNS = (
    _day("registered_on", "登记日期", note="不填按受理日期。", synonyms=("申请日期",)),
    _day("accepted_on", "受理日期", example="2025-03-03", note="不予受理的不填。", synonyms=("受理时间", "立案日期")),
    _listed(
        "dispute_type",
        "纠纷类型",
        "mediation.type",
        _in_list,
        required=True,
        example="邻里纠纷",
        synonyms=("类型", "纠纷类别"),
    ),
    _listed(
        "source",
        "案件来源",
        "mediation.source",
        _in_list,
        required=True,
        example="依申请调解",
        synonyms=("来源", "受理方式"),
    ),
    _day("occurred_on", "发生日期", required=True, example="2025-03-01", synonyms=("发生时间", "纠纷发生时间")),
    _listed(
        "village",
        "发生地村居",
        "village",
        lambda: _("不是本所辖区的村（居），请从下拉列表中选择。"),
        required=True,
        note="本所辖区的村（居）名称或12位代码。",
        synonyms=("村居", "村（居）", "村社区", "发生地", "所在村居"),
    ),
    _text("place", "详细地点", 100, width=20),
    _listed(
        "committee",
        "调解组织",
        "committee",
        lambda: _("不是本所登记的调解组织，请从下拉列表中选择。"),
        required=True,
        width=26,
        synonyms=("调委会", "人民调解委员会", "调解委员会"),
    ),
    _text(
        "mediators",
        "调解员",
        200,
        note="多人用顿号隔开；须已登记在该调解组织，未记载的不填。",
        synonyms=("承办人", "调解人"),
    ),
    _text("recorder", "记录人", 50),
    _text(
        "brief",
        "纠纷概况",
        2000,
        required=True,
        example="双方因排水沟走向发生争执。",
        width=36,
        synonyms=("纠纷简要情况", "简要案情", "案情"),
    ),
    _text("claims", "申请事项", 1000, width=24, synonyms=("诉求",)),
    ImportColumn(
        name="party_count",
        label="涉及当事人数",
        read=columns.read_integer(2, 100_000),
        note="不填按2人。",
        synonyms=("人数", "涉及人数"),
    ),
    ImportColumn(
        name="amount",
        label="涉及金额（元）",
        read=columns.read_yuan,
        example="3200",
        note="可写3200或0.32万元。",
        synonyms=("金额", "涉案金额", "标的额"),
    ),
    _fixed("is_difficult", "疑难复杂", YES_NO),
    _listed("scale", "事件规模", "mediation.scale", _in_list),
    _listed("relation", "当事人关系", "mediation.relation", _in_list),
    _listed("way", "调解方式", "mediation.way", _in_list),
    _listed("office_role", "司法所参与方式", "mediation.office_role", _in_list),
    *_side(
        "first", "甲方", Party.Role.APPLICANT, ("申请人", "当事人甲", "甲方"), ("张某", "13800000001", "石桥村12号")
    ),
    *_side(
        "second", "乙方", Party.Role.RESPONDENT, ("被申请人", "当事人乙", "乙方"), ("李某", "13800000002", "石桥村14号")
    ),
    _day("rights_notice_on", "权利义务告知日期", note="不填按受理日期。", synonyms=("告知日期",)),
    _fixed("result", "调解结果", RESULTS, OTHER_RESULTS, required=True, example="调解成功", synonyms=("结果",)),
    _fixed("agreement_form", "协议形式", FORMS, {"口头": "oral", "书面": "written"}, example="口头协议"),
    _day(
        "agreed_on",
        "达成协议日期",
        example="2025-03-10",
        note="调解成功的必填。",
        synonyms=("协议日期", "调解日期", "签订日期"),
    ),
    _text("terms", "协议内容", 4000, width=36, note=f"不填记为“{TERMS_UNKNOWN}”"),
    ImportColumn(name="agreed_amount", label="协议涉及金额（元）", read=columns.read_yuan, synonyms=("协议金额",)),
    _day("performance_due_on", "履行期限", future=True, note="部分履行的必填。"),
    _fixed("performance", "履行情况", PERFORMANCES, {"拒绝履行": "refused"}, example="已履行", note="结案的必填。"),
    _day("performed_on", "履行情况日期", note="不填按结案日期，未结案的按达成协议日期。", synonyms=("履行日期",)),
    _listed("failure", "终止原因", "mediation.failure", _in_list, note="调解不成的填写，不填为未达成协议。"),
    _day("ended_on", "终止或不予受理日期", note="调解不成、不予受理的必填。", synonyms=("终止日期", "不予受理日期")),
    _listed("rejection", "不予受理理由", "mediation.rejection", _in_list, width=26, note="不予受理的必填。"),
    _day("closed_on", "结案日期", example="2025-03-20", synonyms=("结案时间",)),
    _day("archived_on", "归档日期", note="须有结案日期和卷宗页数。", synonyms=("归档时间",)),
    ImportColumn(name="dossier_pages", label="卷宗页数", read=columns.read_integer(1, 2000), synonyms=("页数",)),
    _fixed("is_another", "确认不是同一件", YES_NO, note="系统提示疑似重复、经核对不是同一件的填“是”。"),
)
