"""A dispute with every paper that a case can have, whose people bear rare characters and a name with a dot."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mediation.models import (
    Agent,
    Dispute,
    Evidence,
    Guardian,
    Investigation,
    Invitee,
    JudicialConfirmation,
    PerformanceItem,
    ReturnVisit,
    RiskAlert,
    Session,
    Transfer,
    UndisputedFact,
)
from mediation.services import alerts, confirmations
from mediation.services.results import save_row
from offices.models import Membership
from offices.scoping import within
from tests.conftest import TODAY
from tests.factories import PATHS, dispute_in, resident_id, take_step

CHINA = ZoneInfo("Asia/Shanghai")
CHILD = "张𠮷喆"
GUARDIAN = "张堃犇"
COMPANY = "㐂洋建筑有限公司"
AGENT = "陈䶮"
THIRD = "阿卜杜拉·买买提"
ID_NUMBER = resident_id(7, born=date(2012, 3, 4))
THIRD_ID = resident_id(9)
DAY = date(2026, 5, 6)
AMOUNT = 1_234_550
CREDIT_CODE = "91350100M000100Y43"

PARTIES: list[dict[str, Any]] = [
    {
        "role": "applicant",
        "kind": "person",
        "name": CHILD,
        "ethnicity": "汉族",
        "occupation": "学生",
        "identifier": ID_NUMBER,
        "phone": "13812345678",
        "address": "石桥村12号",
    },
    {
        "role": "respondent",
        "kind": "organisation",
        "name": COMPANY,
        "identifier": CREDIT_CODE,
        "phone": "0532-88886666",
        "address": "石桥镇工业路3号",
        "representative": "李㐂",
    },
    {
        "role": "third",
        "kind": "person",
        "name": THIRD,
        "ethnicity": "维吾尔族",
        "occupation": "个体工商户",
        "identifier": THIRD_ID,
        "phone": "13987654321",
        "address": "石桥镇集市",
    },
]
AGREED: dict[str, Any] = {
    "facts": "施工脚手架滑落致学生受伤。\n争议事项为医疗费由谁承担。",
    "terms": "公司赔偿医疗费壹次付清。\n双方互不再追究。",
    "agreed_amount": AMOUNT,
    "performance_way": "银行转账",
    "performance_due_on": date(2026, 6, 30),
    "items": [{"content": "支付医疗费", "debtor": COMPANY, "amount": AMOUNT, "due_on": date(2026, 6, 30)}],
}


def full_case(actor: Membership, *, state: str = "visited", **more: Any) -> Dispute:
    """Return a dispute in a state after its written agreement, with rows of every kind, a confirmation and an alert."""
    given = {"parties": PARTIES, "brief": "脚手架滑落伤人。", "claims": "赔偿医疗费；\n赔礼道歉。"} | more
    dispute = guarded_in("mediating", actor, on=DAY, **given)
    with within(actor):
        _before(dispute, actor)
    dispute = take_step(dispute, "agree_in_writing", actor=actor, on=DAY, **AGREED)
    with within(actor):
        _confirm_and_alert(dispute, actor)
    steps = {"visited": ("perform", "visit"), "closed": ("perform", "visit", "close")}[state]
    for step in steps:
        dispute = take_step(dispute, step, actor=actor, on=DAY, **({"visited": CHILD} if step == "visit" else {}))
    with within(actor):
        _after(dispute, actor)
    return dispute


def guarded_in(state: str, actor: Membership, *, on: date = TODAY, **given: Any) -> Dispute:
    """Return a dispute of the child in a state after its acceptance, with the guardian; every step on one day."""
    dispute = dispute_in("accepted", actor=actor, on=on, **({"parties": PARTIES} | given))
    with within(actor):
        child = dispute.parties.get(name=CHILD)
        father = {"name": GUARDIAN, "relation": "父子", "phone": "13700001111", "is_adult": True}
        save_row(Guardian(dispute=dispute, party=child, **father), dispute, actor)
    for step in PATHS[state][1:]:
        dispute = take_step(dispute, step, actor=actor, on=on)
    return dispute


def _before(dispute: Dispute, actor: Membership) -> None:
    child, company, _third = dispute.parties.all()
    moment = datetime(2026, 5, 6, 9, 30, tzinfo=CHINA)
    for row in (
        Agent(
            dispute=dispute, party=company, name=AGENT, relation="员工", powers="special", authorised_on=DAY,
            id_number=resident_id(11).number, phone="13600002222", scope="代为签署协议",
        ),
        Agent(
            dispute=dispute, party=child, name="王犇", relation="舅甥", powers="general", authorised_on=DAY
        ),
        Invitee(dispute=dispute, name="孙䶮", capacity="neighbour", consented_on=DAY),
        Investigation(
            dispute=dispute, at_time=moment, place="石桥中学", person="周㐂", investigators="王德福、赵敏",
            recorder="孙丽", text="问：当时看到什么？\n答：脚手架突然滑落。",
        ),
        Investigation(
            dispute=dispute, at_time=moment, place="工地", person="吴堃", investigators="王德福", recorder="孙丽",
            text="脚手架未固定。",
        ),
        Evidence(
            dispute=dispute, name="诊断证明书", kind="document", provider=CHILD, received_on=DAY, pages=3,
            is_original=True, proves="伤情",
        ),
        UndisputedFact(dispute=dispute, on=DAY, text="双方认可受伤时间为四月三日。", confirmed=True),
        Session(
            dispute=dispute, at_time=moment, place="石桥司法所调解室", way="face_to_face", recorder="孙丽",
            text="第一次调解，双方分歧较大。", result="none", attendees="村委会主任",
        ),
        Session(
            dispute=dispute, at_time=moment.replace(hour=15), place="石桥司法所调解室", way="face_to_face",
            recorder="孙丽", text="第二次调解，双方达成一致。", result="written",
        ),
    ):  # fmt: skip
        save_row(row, dispute, actor)


def _confirm_and_alert(dispute: Dispute, actor: Membership) -> None:
    given: dict[str, Any] = {"actor": actor, "registered_on": DAY, "source_record": dispute}
    confirmations.plan_confirmation(court="石门县人民法院", court_ground="committee", matters=[], **given)
    alerts.raise_alert(
        level="orange", triggers=["threat"], situation="家属扬言报复。", measure="已上门稳控。", responsible="王德福",
        raised_at=datetime(2026, 5, 6, 8, 5, tzinfo=CHINA), follow_up_days=2, **given,
    )  # fmt: skip


def _after(dispute: Dispute, actor: Membership) -> None:
    PerformanceItem.objects.filter(dispute=dispute).update(proof="银行回单")
    save_row(
        ReturnVisit(
            dispute=dispute, on=TODAY, visited=THIRD, way="in_person", performance="全部履行", reason="协议到期",
            satisfaction="satisfied", lawsuit="无", danger="无激化迹象", measures="继续关注", visitor="赵敏",
        ),
        dispute,
        actor,
    )  # fmt: skip
    save_row(
        Transfer(
            dispute=dispute, body_kind="department", body="石门县住房和城乡建设局", on=TODAY, reason="工地安全隐患",
            materials="询问记录二份", receipt_on=TODAY, receiver="钱喆", result="已责令整改",
        ),
        dispute,
        actor,
    )  # fmt: skip


def confirmation_of(dispute: Dispute) -> JudicialConfirmation:
    """Return the case's confirmation. Needs a scope."""
    return JudicialConfirmation.objects.get(dispute=dispute)


def alert_of(dispute: Dispute) -> RiskAlert:
    """Return the case's alert. Needs a scope."""
    return RiskAlert.objects.get(dispute=dispute)
