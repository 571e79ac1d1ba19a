"""Every paper of the line holds its case's data, in characters that all have a shape; none shows a whole number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from casework import lines
from casework.lines import Document, RecordType
from casework.models import IssuedDocument, Record
from casework.papers import draw, issue_document, reasons_against
from casework.workflow import NotPossible
from mediation.models import Dispute, MediationCommittee, Mediator, ScreeningRound
from mediation.models.organisation_parts import Commendation, Training
from mediation.services import reviews, screening
from offices.models import Membership, Village
from offices.scoping import within
from tests.factories import dispute_in
from tests.mediation.full_case import (
    AGENT,
    CHILD,
    COMPANY,
    CREDIT_CODE,
    GUARDIAN,
    ID_NUMBER,
    THIRD,
    THIRD_ID,
    alert_of,
    confirmation_of,
    full_case,
    guarded_in,
)
from tests.printed import CREATED, text_of
from tests.registers import START, new_committee, new_mediator, turned_criminal

pytestmark = pytest.mark.django_db

CASE = "full"
NUMBER = "石桥镇人调字第"
NAME = f"{CHILD}与{COMPANY}邻里纠纷"
MONEY = "人民币壹万贰仟叁佰肆拾伍元伍角（12,345.50元）"
MASKED = "379999********" + ID_NUMBER.number[-4:]
PERSON = f"申请人姓名{CHILD}性别男民族汉族年龄14职业或职务学生联系方式13812345678身份证号{MASKED}"
GUARDED = f"监护人{GUARDIAN}与当事人关系父子联系方式13700001111"

# What stands on each paper: the kind of case it is made of, and words that its flattened text holds.
EXPECTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "cover": (
        CASE,
        (
            "石桥镇人民调解委员会人民调解卷宗",
            f"卷名{NAME}",
            NUMBER,
            "调解日期2026年5月6日至2026年5月6日",
            "保管期限30年",
        ),
    ),
    "index": (CASE, ("1人民调解申请书", "9人民调解记录", "卷宗情况说明", "卷宗封底")),
    "application": (
        CASE,
        (
            PERSON,
            GUARDED,
            f"第三人姓名{THIRD}",
            f"名称{COMPANY}统一社会信用代码{CREDIT_CODE}",
            "1．赔偿医疗费；2．赔礼道歉。",
            "人民调解委员会已将申请人民调解的相关规定告知我，现自愿申请",
            "监护人（签名或按指印）",
        ),
    ),
    "registration": (CASE, (PERSON, GUARDED, "纠纷类型邻里纠纷", "√①当事人申请", "脚手架滑落伤人。")),
    "rights_notice": (
        CASE,
        (
            f"{CHILD}（监护人{GUARDIAN}）、{COMPANY}、{THIRD}：",
            "第二十三条",
            "第二十四条",
            "告知人（签名）",
            "2026年5月6日",
        ),
    ),
    "identity": (CASE, (f"1申请人{CHILD}监护人：{GUARDIAN}（父子）", MASKED, CREDIT_CODE, "营业执照")),
    "authority": (
        CASE,
        (
            f"委托人{COMPANY}受委托人{AGENT}与委托人关系员工",
            "√特别授权授权事项代为签署协议",
            f"委托人{CHILD}受委托人王犇",
            "√一般授权",
        ),
    ),
    "investigation": (
        CASE,
        ("时间2026年5月6日09时30分地点石桥中学被调查人周㐂调查人王德福、赵敏", "答：脚手架突然滑落。", "被调查人吴堃"),
    ),
    "evidence": (CASE, ("1诊断证明书书证", f"{CHILD}2026年5月6日3是伤情", "共1件，3页")),
    "undisputed": (CASE, ("第二十四条", "双方认可受伤时间为四月三日。", "已签名确认")),
    "session": (
        CASE,
        (
            "第一次调解，双方分歧较大。",
            "√③未达成协议",
            "第二次调解，双方达成一致。",
            "√②达成书面协议",
            f"当事人{CHILD}（监护人{GUARDIAN}）、{COMPANY}、{THIRD}",
            "村委会主任、孙䶮（邻里）",
            "记录人（签名）",
        ),
    ),
    "agreement": (
        CASE,
        (
            PERSON,
            GUARDED,
            "争议事项为医疗费由谁承担。",
            "公司赔偿医疗费壹次付清。",
            "双方互不再追究。",
            MONEY,
            f"1支付医疗费{COMPANY}12,345.502026年6月30日",
            "本协议一式3份",
        ),
    ),
    "oral_agreement": ("oral", ("人民币叁仟贰佰元整（3,200.00元）", "乙方恢复排水沟原状。", f"姓名{THIRD}")),
    "performance": (CASE, (f"1支付医疗费{COMPANY}12,345.50", "银行回单", "2026年6月30日")),
    "visit": (
        CASE,
        (f"被回访人{CHILD}", f"被回访人{THIRD}回访方式上门回访回访事由协议到期", "无激化迹象", "回访时间2026年5月20日"),
    ),
    "confirmation_application": (
        CASE,
        (PERSON, GUARDED, "经石桥镇人民调解委员会调解达成的调解协议", NUMBER, MONEY, "此致石门县人民法院"),
    ),
    "termination": (
        "failed",
        (
            f"{CHILD}（监护人{GUARDIAN}）、{COMPANY}、{THIRD}：",
            "终止原因未达成协议",
            "双方分歧过大。",
            "第二十六条",
            "1．向仲裁机构申请仲裁；2．向人民法院提起诉讼。",
        ),
    ),
    "transfer_letter": (CASE, ("石门县住房和城乡建设局：", PERSON, "移交理由工地安全隐患", "移交材料询问记录二份")),
    "transfer_receipt": (CASE, ("接收单位石门县住房和城乡建设局", "接收人钱喆接收日期2026年5月20日", "已责令整改")),
    "alert_report": (
        CASE,
        (f"纠纷名称{NAME}", "预警等级橙色发现时间2026年5月6日08时05分", "扬言杀人或报复", "家属扬言报复。", "2天"),
    ),
    "closing_report": (
        CASE,
        (
            f"申请人{CHILD}，男，汉族，14岁，监护人{GUARDIAN}（父子）",
            MONEY,
            "达成书面协议：公司赔偿",
            "履行情况：已履行",
        ),
    ),
    "statement": (CASE, ("1．缺少人民调解申请书或受理登记表。", "补充说明身份证明待补。", f"卷名{NAME}")),
    "back_cover": (CASE, ("卷宗封底", "立卷人（签名）", "检查人（签名）", NUMBER)),
    "dossier": (CASE, ("人民调解卷宗", PERSON, "卷内目录", "本卷共")),
    "crime_review": (
        "review",
        ("民转刑案件倒查报告", "倒查单位：石门县司法局", "案发情况㐂某持刀伤人。", "案发前曾调解"),
    ),
    "screening_register": ("round", ("走访12户，30人", "孙犇与钱䶮", "因滴水起争执。", "黄色", "阿依·古丽")),
    "committee_register": ("committee", ("名称㐂村人民调解委员会", "1赵堃女", "主任", "初中及以下")),
    "mediator_register": ("mediator", ("姓名赵堃性别女", "民法典讲座，8学时", "表彰（石门县司法局）", "2022年1月1日")),
}


def documents() -> list[tuple[RecordType, Document]]:
    """Return every paper of the line with its type."""
    return [(kind, document) for kind in lines.line("mediation").record_types for document in kind.all_documents]


@pytest.fixture
def make(clerk: Membership, today: date) -> Callable[[str, RecordType], Record]:
    """Make the record that a paper of a type is made of."""

    def made(kind: str, record_type: RecordType) -> Record:
        if kind in REGISTERS:
            return REGISTERS[kind](clerk)
        if kind == CASE:
            dispute = full_case(clerk, state="closed")
            with within(clerk):
                others = {"mediation.riskalert": alert_of, "mediation.judicialconfirmation": confirmation_of}
                return others.get(record_type.code, lambda found: found)(dispute)
        state = {"oral": "agreed_oral", "failed": "failed"}[kind]
        return guarded_in(state, clerk)

    return made


def _round(clerk: Membership) -> Record:
    with within(clerk):
        village = Village.objects.filter(office=clerk.office).earliest("code")
        given: dict[str, Any] = {"actor": clerk, "registered_on": date(2026, 5, 20)}
        visits = [
            {"village": village, "on": date(2026, 5, 20), "households": 12, "persons": 30, "visitors": "阿依·古丽"}
        ]
        found = screening.open_round(
            kind="weekly", started_on=date(2026, 5, 20), organiser="周晓兰", visits=visits, **given
        )
        screening.report_finding(
            source_record=found, village=village, found_on=date(2026, 5, 20), people="孙犇与钱䶮",
            dispute_type="neighbourhood", brief="因滴水起争执。", level="yellow", **given,
        )  # fmt: skip
    return found


def _committee(clerk: Membership) -> MediationCommittee:
    with within(clerk):
        found = new_committee(clerk.office, "㐂村人民调解委员会")
        found.save()
        new_mediator(found, "赵堃", sex="2", position="director", education="junior").save()
    return found


def _mediator(clerk: Membership) -> Record:
    committee = _committee(clerk)
    with within(clerk):
        found = Mediator.objects.get(committee=committee)
        scope = {"office_id": found.office_id, "county_id": found.county_id, "city_id": found.city_id}
        Training(mediator=found, on=START, topic="民法典讲座", hours=8, user=clerk.user, **scope).save()
        Commendation(mediator=found, on=START, kind="praised", giver="石门县司法局", user=clerk.user, **scope).save()
    return found


def _review(clerk: Membership) -> Record:
    dispute = turned_criminal(clerk)
    given: dict[str, Any] = {"actor": clerk, "registered_on": date(2026, 5, 20), "event": "㐂某持刀伤人。"}
    with within(clerk):
        return reviews.open_review(source_record=dispute, **given)


REGISTERS: dict[str, Callable[[Membership], Record]] = {
    "review": _review,
    "round": _round,
    "committee": _committee,
    "mediator": _mediator,
}


def test_every_paper_of_the_registry_has_its_words() -> None:
    assert {document.code for _kind, document in documents()} == set(EXPECTED)


@pytest.mark.parametrize(("record_type", "document"), [pytest.param(*pair, id=pair[1].code) for pair in documents()])
def test_a_paper_holds_its_case(
    record_type: RecordType, document: Document, make: Callable[..., Record], clerk: Membership
) -> None:
    kind, words = EXPECTED[document.code]
    record = make(kind, record_type)
    with within(clerk):
        assert reasons_against(record_type, record, document) == []
        rendered = draw(record_type, record, document, created=CREATED)
    flat = "".join(text_of(rendered).split())
    assert rendered.missing_characters == ""
    assert [text for text in words if text not in flat] == []
    assert "None" not in flat
    assert ID_NUMBER.number not in flat
    assert THIRD_ID.number not in flat


@pytest.mark.parametrize("code", ["authority", "session", "investigation", "visit"])
def test_each_row_has_a_sheet_of_its_own(code: str, make: Callable[..., Record], clerk: Membership) -> None:
    record_type = lines.record_type(Dispute.record_type())
    record = make(CASE, record_type)
    with within(clerk):
        assert draw(record_type, record, record_type.document(code), created=CREATED).pages == 2


@pytest.mark.parametrize(
    ("state", "senseless"),
    [
        ("accepted", {"authority", "evidence", "visit", "oral_agreement", "termination", "transfer_letter"}),
        ("agreed_oral", {"agreement", "termination"}),
        ("failed", {"agreement", "oral_agreement", "performance"}),
    ],
)
def test_a_paper_that_makes_no_sense_is_not_offered(
    state: str, senseless: set[str], clerk: Membership, client_for: Any
) -> None:
    dispute = dispute_in(state, actor=clerk)
    record_type = lines.record_type(Dispute.record_type())
    with within(clerk):
        offered = {document.code for document in record_type.documents_of(dispute)}
    assert not offered & senseless
    page = client_for(clerk).get(f"/disputes/{dispute.public_id}/").content.decode()
    assert "documents/registration/new/" in page
    assert not [code for code in senseless if f"documents/{code}/new/" in page]


def test_a_case_taken_up_by_the_committee_has_no_application(clerk: Membership) -> None:
    dispute = dispute_in("accepted", actor=clerk, source="ex_officio")
    with within(clerk), pytest.raises(NotPossible, match="人民调解申请书"):
        issue_document(record=dispute, actor=clerk, code="application")


def test_what_lacks_its_number_or_its_rows_says_so(clerk: Membership) -> None:
    registered, mediating = dispute_in("registered", actor=clerk), dispute_in("mediating", actor=clerk)
    record_type = lines.record_type(Dispute.record_type())
    with within(clerk):
        assert "状态" in reasons_against(record_type, registered, record_type.document("cover"))[0]
        assert reasons_against(record_type, mediating, record_type.document("session")) == ["请先登记调解记录。"]
        diverted = dispute_in("registered", actor=clerk)
        diverted.state = "transferred"
        assert reasons_against(record_type, diverted, record_type.document("dossier")) == ["受理编号后才能制作。"]
        assert not IssuedDocument.objects.exists()


def test_a_round_without_finds_and_a_screening_of_nothing_print_words_too(clerk: Membership, today: date) -> None:
    record_type = lines.record_type(ScreeningRound.record_type())
    with within(clerk):
        empty = screening.open_round(
            actor=clerk, registered_on=today, kind="weekly", started_on=today, organiser="周晓兰"
        )
        flat = "".join(text_of(draw(record_type, empty, record_type.documents[0], created=CREATED)).split())
    assert "未发现纠纷" in flat
    assert "None" not in flat
