"""The ledgers that an office keeps on paper, as they are printed of the lists. Chinese in every language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from casework.ledgers import Ledger, LedgerColumn
from casework.workflow import Workflow
from mediation.models import DisputeMediator, Mediator, Party, ScreeningFinding
from mediation.models.organisations import serving_on
from mediation.workflow.alerts import ALERT
from mediation.workflow.confirmations import CONFIRMATION
from mediation.workflow.disputes import WORKFLOW
from mediation.workflow.organisations import CENTER, COMMITTEE, STUDIO
from mediation.workflow.reviews import REVIEW
from mediation.workflow.screening import FINDING, ROUND

DATE, AMOUNT, NUMBER, CODE, TYPE, NAME = 23, 22, 14, 17, 19, 18


def col(name: str, label: str, width: float, **more: Any) -> LedgerColumn:
    """Return a column."""
    return LedgerColumn(name=name, label=label, width=width, **more)


def open_col(name: str, label: str, width: float, **more: Any) -> LedgerColumn:
    """Return a column that names nobody: who sees the reduced list sees it too."""
    return col(name, label, width, reduced=True, **more)


def state(workflow: Workflow, label: str = "状态") -> LedgerColumn:
    """Return the column of the state in words."""
    return open_col("state", label, CODE, show=lambda code: workflow.state(code).label)


def names_of(rows: Callable[[], Any], parent: str, name: str) -> Callable[[], Any]:
    """Return the expression of the names in a record's rows, in their order."""
    return lambda: ArraySubquery(rows().filter(**{parent: OuterRef("pk")}).values(name))


def number_of(rows: Callable[[], Any], parent: str) -> Callable[[], Any]:
    """Return the expression of the number of a record's rows."""

    def counted() -> Any:
        own = rows().filter(**{parent: OuterRef("pk")}).order_by().values(parent)
        return Coalesce(Subquery(own.annotate(number=Count("pk")).values("number")), 0)

    return counted


DISPUTES = Ledger(
    title="人民调解案件登记簿",
    columns=(
        open_col("number", "卷号", 30),
        open_col("registered_on", "登记日期", DATE),
        open_col("accepted_on", "受理日期", DATE),
        col("party_names", "当事人", 28, rows=names_of(Party.objects.all, "dispute", "name"), grows=True),
        open_col("dispute_type", "纠纷类型", TYPE),
        col("brief", "纠纷简要情况", 34, grows=True, most=42),
        col(
            "mediator_names",
            "调解员",
            14,
            rows=names_of(DisputeMediator.objects.all, "dispute", "mediator__title"),
            most=40,
        ),
        state(WORKFLOW, "办理情况"),
        open_col("amount", "涉及金额（元）", AMOUNT),
        open_col("agreed_amount", "协议金额（元）", AMOUNT),
    ),
    totals=("amount", "agreed_amount"),
)
ROUNDS = Ledger(
    title="矛盾纠纷排查登记簿",
    columns=(
        open_col("started_on", "开始日期", DATE),
        open_col("ended_on", "结束日期", DATE),
        open_col("kind", "排查类型", 22),
        col("organiser", "组织人", NAME),
        col("theme", "重点内容", 50, grows=True),
        open_col("villages", "覆盖村居", NUMBER),
        open_col("households", "走访户数", NUMBER),
        open_col("persons", "走访人数", NUMBER),
        open_col("key_persons", "重点关注人员", NUMBER),
        open_col("finding_count", "发现纠纷", NUMBER, rows=number_of(ScreeningFinding.objects.all, "round")),
        state(ROUND),
    ),
    counter="次",
    totals=("villages", "households", "persons", "key_persons", "finding_count"),
)
FINDINGS = Ledger(
    title="矛盾纠纷排查登记表",
    columns=(
        open_col("found_on", "发现日期", DATE),
        open_col("village__name", "村居", 30),
        col("people", "涉及人员", 40, grows=True),
        open_col("dispute_type", "纠纷类型", TYPE),
        col("brief", "纠纷情况", 60, grows=True),
        open_col("level", "风险等级", CODE),
        state(FINDING, "处理情况"),
        open_col("settled_on", "化解日期", DATE),
    ),
)
ALERTS = Ledger(
    title="重大矛盾纠纷报告登记簿",
    columns=(
        open_col("raised_at", "发现时间", DATE),
        col("title", "纠纷名称", 34, grows=True),
        open_col("level", "预警等级", 14),
        open_col("triggers", "触发情形", 24, grows=True),
        col("situation", "情况", 38, grows=True),
        col("responsible", "责任人", 15),
        open_col("reported_at", "上报时间", DATE),
        open_col("acknowledged_at", "县局签收时间", DATE),
        state(ALERT),
        open_col("closed_on", "解除日期", DATE),
    ),
)
REVIEWS = Ledger(
    title="民转刑案件倒查登记簿",
    columns=(
        open_col("registered_on", "启动日期", DATE),
        col("title", "名称", 40, grows=True),
        col("event", "案发情况", 44, grows=True),
        open_col("was_screened", "曾排查", NUMBER),
        open_col("was_mediated", "曾调解", NUMBER),
        open_col("was_alerted", "曾预警", NUMBER),
        col("responsible", "责任单位和责任人", 36, grows=True),
        state(REVIEW),
        open_col("concluded_on", "结论日期", DATE),
    ),
)
CONFIRMATIONS = Ledger(
    title="司法确认案件登记簿",
    columns=(
        open_col("dispute__number", "卷号", 36),
        col("title", "名称", 40, grows=True),
        open_col("court", "管辖法院", 34),
        open_col("applied_on", "申请日期", DATE),
        open_col("court_number", "法院案号", 34),
        open_col("ruled_on", "裁定日期", DATE),
        state(CONFIRMATION),
        open_col("dispute__agreed_amount", "协议金额（元）", AMOUNT),
    ),
    totals=("dispute__agreed_amount",),
)
COMMITTEES = Ledger(
    title="人民调解委员会登记簿",
    columns=(
        open_col("title", "名称", 44, grows=True),
        open_col("kind", "类型", 26),
        open_col("established_on", "设立日期", DATE),
        open_col("filed_on", "备案日期", DATE),
        open_col("term_until", "本届任期至", DATE),
        open_col("site", "办公地址", 36, grows=True),
        open_col("telephone", "办公电话", 24),
        open_col(
            "member_count",
            "调解员数",
            NUMBER,
            rows=number_of(lambda: Mediator.objects.filter(serving_on(timezone.localdate())), "committee"),
        ),
        state(COMMITTEE),
    ),
    counter="个",
    totals=("member_count",),
)
MEDIATORS = Ledger(
    title="人民调解员花名册",
    columns=(
        col("title", "姓名", NAME),
        col("sex", "性别", 10),
        col("birth_date", "出生日期", DATE),
        col("education", "文化程度", TYPE),
        open_col("committee__title", "所属调解组织", 36, grows=True),
        col("kind", "类别", 12),
        col("position", "职务", 14),
        open_col("is_full_time", "专职", 10),
        open_col("origin", "人员来源", 20),
        col("phone", "联系电话", 24),
        open_col("appointed_from", "任职日期", DATE),
        open_col("appointed_until", "离任日期", DATE),
    ),
    counter="人",
)
STUDIOS = Ledger(
    title="个人调解工作室登记簿",
    columns=(
        open_col("title", "名称", 46, grows=True),
        col("leader__title", "领衔调解员", NAME),
        open_col("committee__title", "调解组织", 46, grows=True),
        open_col("established_on", "设立日期", DATE),
        open_col("site", "地址", 40, grows=True),
        col("speciality", "擅长领域", 40, grows=True),
        state(STUDIO),
    ),
    counter="个",
)
CENTERS = Ledger(
    title="一站式矛盾纠纷调解中心登记簿",
    columns=(
        open_col("title", "名称", 50, grows=True),
        open_col("host", "依托单位", 40, grows=True),
        open_col("site", "地址", 40, grows=True),
        open_col("telephone", "电话", 26),
        open_col("windows", "窗口数", NUMBER),
        open_col("opened_on", "启用日期", DATE),
        open_col("is_merged", "并入综治中心", NUMBER),
        state(CENTER),
    ),
    counter="个",
    totals=("windows",),
)
