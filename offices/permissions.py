"""Which deeds one may do: one table, role × action. Rows are decided elsewhere (offices.scoping)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from offices.models import Membership


class Role(models.TextChoices):
    """Posts that have an account."""

    OFFICE_CLERK = "office_clerk", _("司法所工作人员")
    OFFICE_HEAD = "office_head", _("司法所所长")
    ASSISTANT = "assistant", _("司法协理员")
    COUNTY_REVIEWER = "county_reviewer", _("县局业务审核员")
    COUNTY_LEADER = "county_leader", _("县局领导")
    COUNTY_STATISTICIAN = "county_statistician", _("县局统计员")
    CITY_REVIEWER = "city_reviewer", _("市局业务审核员")
    CITY_STATISTICIAN = "city_statistician", _("市局统计员")
    PROVINCE_STATISTICIAN = "province_statistician", _("省厅统计员")
    PROVINCE_LINE_LEAD = "province_line_lead", _("省厅业务处室")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")


R = Role
OFFICE_STAFF = frozenset({R.OFFICE_CLERK, R.OFFICE_HEAD, R.ASSISTANT})
COUNTY_STAFF = frozenset({R.COUNTY_REVIEWER, R.COUNTY_LEADER, R.COUNTY_STATISTICIAN})
COUNTY_DECIDERS = frozenset({R.COUNTY_REVIEWER, R.COUNTY_LEADER})
CITY_STAFF = frozenset({R.CITY_REVIEWER, R.CITY_STATISTICIAN})
PROVINCE_STAFF = frozenset({R.PROVINCE_STATISTICIAN, R.PROVINCE_LINE_LEAD})
STATISTICIANS = frozenset({R.COUNTY_STATISTICIAN, R.CITY_STATISTICIAN, R.PROVINCE_STATISTICIAN})
ADMINISTRATORS = frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN})

# The levels at which each role can hold a post; an account page offers no other.
LEVELS_OF: dict[Role, frozenset[str]] = {
    **dict.fromkeys(OFFICE_STAFF, frozenset({"office"})),
    **dict.fromkeys(COUNTY_STAFF, frozenset({"county"})),
    **dict.fromkeys(CITY_STAFF, frozenset({"city"})),
    **dict.fromkeys(PROVINCE_STAFF, frozenset({"province"})),
    **dict.fromkeys(ADMINISTRATORS, frozenset({"province"})),
    R.SYSTEM_ADMIN: frozenset({"county", "province"}),
}


class Action(models.TextChoices):
    """Deeds. A view without one is refused when it is imported."""

    HOME = "home", _("打开工作台")
    OWN_ACCOUNT = "own_account", _("维护本人账号")
    LIST_RECORDS = "list_records", _("查看业务清单")
    LIST_REDUCED = "list_reduced", _("查看脱敏清单")
    READ_RECORD = "read_record", _("查看业务详情")
    OPEN_RECORD = "open_record", _("登记业务")
    AMEND_RECORD = "amend_record", _("修改业务")
    HANDLE_RECORD = "handle_record", _("办理业务")
    CLOSE_RECORD = "close_record", _("结案归档")
    CORRECT_RECORD = "correct_record", _("更正步骤，申请撤回和作废")
    DECIDE_CORRECTION = "decide_correction", _("审批撤回和作废")
    READ_CORRECTIONS = "read_corrections", _("查看撤回和作废申请")
    HAND_OVER = "hand_over", _("移交和接收业务")
    READ_HANDOVERS = "read_handovers", _("查看业务移交")
    ACKNOWLEDGE_ALERT = "acknowledge_alert", _("签收预警")
    DECIDE_ALERT = "decide_alert", _("降级和作废预警")
    OPEN_REVIEW = "open_review", _("启动民转刑案件倒查")
    REVIEW_CRIME = "review_crime", _("作出民转刑案件倒查结论")
    ISSUE_DOCUMENT = "issue_document", _("制作文书")
    ATTACH_FILE = "attach_file", _("上传材料")
    EXPORT_RECORDS = "export_records", _("导出清单")
    IMPORT_RECORDS = "import_records", _("批量导入业务")
    READ_DASHBOARD = "read_dashboard", _("查看数据看板")
    READ_REPORT = "read_report", _("查看与下载报表")
    ISSUE_REPORT = "issue_report", _("签发报表")
    FILL_SHEET = "fill_sheet", _("填报和校核月报")
    SIGN_SHEET = "sign_sheet", _("签字报送月报")
    REVIEW_SHEET = "review_sheet", _("审核下级月报")
    CONSENT_MISSING = "consent_missing", _("同意标为未报")
    LOCK_MONTH = "lock_month", _("锁定月报")
    FILE_SHEET_CORRECTION = "file_sheet_correction", _("申请修正已锁定的月报")
    CONSENT_SHEET_CORRECTION = "consent_sheet_correction", _("审签月报修正申请")
    PASS_SHEET_CORRECTION = "pass_sheet_correction", _("审核月报修正申请")
    DECIDE_SHEET_CORRECTION = "decide_sheet_correction", _("决定月报修正申请")
    APPROVE_RESTATING = "approve_restating", _("同意修订往年月报")
    READ_RULES = "read_rules", _("查看参数与规则")
    EDIT_RULES = "edit_rules", _("起草和审定参数与规则")
    READ_OFFICES = "read_offices", _("查看机构")
    READ_UNIT_CHANGES = "read_unit_changes", _("查看机构变更")
    DRAFT_UNIT_CHANGE = "draft_unit_change", _("起草机构变更")
    ADOPT_UNIT_CHANGE = "adopt_unit_change", _("审定机构变更")
    ADMINISTER_ACCOUNTS = "administer_accounts", _("管理账号")
    FOLLOW_JOB = "follow_job", _("查看任务进度")


A = Action
EVERYBODY = frozenset(Role)
CASE_READERS = OFFICE_STAFF | COUNTY_STAFF
FIGURE_READERS = CASE_READERS | CITY_STAFF | PROVINCE_STAFF

ALLOWED: dict[Action, frozenset[Role]] = {
    A.HOME: EVERYBODY,
    A.OWN_ACCOUNT: EVERYBODY,
    A.LIST_RECORDS: CASE_READERS,
    A.LIST_REDUCED: CITY_STAFF | PROVINCE_STAFF,
    A.READ_RECORD: CASE_READERS,
    A.OPEN_RECORD: OFFICE_STAFF,
    A.AMEND_RECORD: OFFICE_STAFF,
    A.HANDLE_RECORD: OFFICE_STAFF - {R.ASSISTANT},
    A.CLOSE_RECORD: OFFICE_STAFF - {R.ASSISTANT},
    A.CORRECT_RECORD: OFFICE_STAFF - {R.ASSISTANT},
    # Who asked never decides, whatever the role: where the head asks, the county decides.
    A.DECIDE_CORRECTION: frozenset({R.OFFICE_HEAD, R.COUNTY_REVIEWER, R.COUNTY_LEADER}),
    A.READ_CORRECTIONS: CASE_READERS,
    A.HAND_OVER: OFFICE_STAFF - {R.ASSISTANT},
    A.READ_HANDOVERS: CASE_READERS,
    A.ACKNOWLEDGE_ALERT: COUNTY_DECIDERS,
    A.DECIDE_ALERT: COUNTY_DECIDERS,
    A.OPEN_REVIEW: (OFFICE_STAFF - {R.ASSISTANT}) | COUNTY_DECIDERS,
    # Nobody looks back at what the own office has done or left undone.
    A.REVIEW_CRIME: COUNTY_DECIDERS,
    A.ISSUE_DOCUMENT: OFFICE_STAFF - {R.ASSISTANT},
    A.ATTACH_FILE: OFFICE_STAFF,
    A.EXPORT_RECORDS: CASE_READERS - {R.ASSISTANT},
    A.IMPORT_RECORDS: OFFICE_STAFF - {R.ASSISTANT},
    A.READ_DASHBOARD: FIGURE_READERS,
    A.READ_REPORT: FIGURE_READERS,
    A.ISSUE_REPORT: frozenset({R.PROVINCE_STATISTICIAN}),
    A.FILL_SHEET: frozenset({R.OFFICE_CLERK, R.OFFICE_HEAD}) | STATISTICIANS,
    A.SIGN_SHEET: frozenset({R.OFFICE_HEAD, R.COUNTY_LEADER, R.CITY_REVIEWER, R.PROVINCE_LINE_LEAD}),
    A.REVIEW_SHEET: STATISTICIANS | {R.COUNTY_REVIEWER, R.CITY_REVIEWER},
    A.CONSENT_MISSING: frozenset({R.COUNTY_LEADER, R.CITY_REVIEWER, R.PROVINCE_LINE_LEAD}),
    A.LOCK_MONTH: frozenset({R.PROVINCE_STATISTICIAN}),
    A.FILE_SHEET_CORRECTION: frozenset({R.OFFICE_HEAD, R.COUNTY_STATISTICIAN}),
    A.CONSENT_SHEET_CORRECTION: frozenset({R.COUNTY_LEADER}),
    A.PASS_SHEET_CORRECTION: CITY_STAFF,
    A.DECIDE_SHEET_CORRECTION: frozenset({R.PROVINCE_STATISTICIAN}),
    # A closed year is not reopened by those who made its figures.
    A.APPROVE_RESTATING: frozenset({R.PROVINCE_LINE_LEAD}),
    A.READ_RULES: FIGURE_READERS,
    # What is dated holds in the whole province. Who drafts does not adopt: two persons, whatever their roles.
    A.EDIT_RULES: PROVINCE_STAFF,
    A.READ_OFFICES: EVERYBODY,
    A.READ_UNIT_CHANGES: PROVINCE_STAFF | {R.SYSTEM_ADMIN},
    # Of the own county; the province decides, and never who drafted (offices.changes).
    A.DRAFT_UNIT_CHANGE: frozenset({R.SYSTEM_ADMIN}),
    A.ADOPT_UNIT_CHANGE: frozenset({R.SYSTEM_ADMIN, R.PROVINCE_LINE_LEAD}),
    A.ADMINISTER_ACCOUNTS: frozenset({R.SYSTEM_ADMIN}),
    A.FOLLOW_JOB: EVERYBODY,
}


# What is left to the people of an office that exists no longer: its last monthly sheets. Its records are elsewhere.
CLOSING = frozenset(
    {
        *(A.HOME, A.OWN_ACCOUNT, A.LIST_RECORDS, A.READ_RECORD, A.READ_HANDOVERS, A.READ_CORRECTIONS),
        *(A.READ_DASHBOARD, A.READ_REPORT, A.FILL_SHEET, A.SIGN_SHEET, A.READ_RULES, A.READ_OFFICES, A.FOLLOW_JOB),
    }
)


def may(membership: Membership | None, action: Action, line: str | None = None) -> bool:
    """Tell whether a membership may do a deed, in a business line where one is named."""
    if membership is None or Role(membership.role) not in ALLOWED[action]:
        return False
    if action not in CLOSING and membership.office.has_ended:
        return False
    return line is None or line in membership.lines
