"""The line's code tables: what they are called, what their values map to, which of them the program itself names."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from casework.lines import CodeTable

CODE_TABLES = (
    CodeTable(code="mediation.type", label=_("纠纷类型")),
    CodeTable(code="mediation.subtype", label=_("二级类型"), of="mediation.type"),
    CodeTable(
        code="mediation.source",
        label=_("案件来源"),
        of="mediation.source",
        fixed=frozenset({"ex_officio", "on_application", "by_referral", "referral_court"}),
    ),
    CodeTable(
        code="mediation.committee_kind",
        label=_("调委会类型"),
        fixed=frozenset({"village", "community", "township", "subdistrict"}),
    ),
    CodeTable(code="mediation.industry", label=_("行业领域")),
    CodeTable(code="mediation.rejection", label=_("不予受理理由"), fixed=frozenset({"party_refuses", "withdrawn"})),
    CodeTable(code="mediation.scale", label=_("事件规模")),
    CodeTable(code="mediation.relation", label=_("当事人关系")),
    CodeTable(
        code="mediation.way", label=_("调解方式"), fixed=frozenset({"face_to_face", "on_site", "telephone", "video"})
    ),
    CodeTable(code="mediation.visit_way", label=_("回访方式"), fixed=frozenset({"telephone"})),
    CodeTable(code="mediation.office_role", label=_("司法所参与方式")),
    CodeTable(
        code="mediation.failure",
        label=_("终止原因"),
        fixed=frozenset({"no_agreement", "refused", "withdrawn", "out_of_time"}),
    ),
    CodeTable(code="mediation.route", label=_("告知的其他途径")),
    CodeTable(code="mediation.mediator_origin", label=_("人员来源")),
    CodeTable(code="mediation.mediator_grade", label=_("调解员等级")),
    CodeTable(code="mediation.education", label=_("文化程度")),
    CodeTable(
        code="mediation.departure",
        label=_("离任原因"),
        # The four grounds of article 15 of the People's Mediation Law.
        fixed=frozenset({"partial", "insulting", "bribed", "indiscreet"}),
    ),
    CodeTable(code="mediation.invitee", label=_("邀请参与人身份")),
    CodeTable(code="mediation.evidence", label=_("证据种类")),
    CodeTable(code="mediation.transfer_body", label=_("接收单位类别")),
    CodeTable(code="mediation.court_ground", label=_("管辖依据"), fixed=frozenset({"inviting"})),
    CodeTable(code="mediation.inadmissible", label=_("不予确认的情形")),
    CodeTable(code="mediation.screening", label=_("排查类型")),
    # Each level has limits and colours of its own.
    CodeTable(
        code="mediation.alert_level",
        label=_("预警等级"),
        fixed=frozenset({"red", "orange", "yellow"}),
        closed=True,
    ),
    CodeTable(code="mediation.risk_flag", label=_("风险标识"), fixed=frozenset({"group", "failed_thrice"})),
    CodeTable(code="mediation.danger_word", label=_("风险词语"), of="mediation.risk_flag"),
    CodeTable(code="mediation.report_body", label=_("上报对象"), fixed=frozenset({"county_bureau"})),
    CodeTable(code="mediation.resident_unit", label=_("入驻单位类别")),
    CodeTable(code="mediation.id_kind", label=_("证件类型"), fixed=frozenset({"resident_id"})),
    CodeTable(code="mediation.organisation_kind", label=_("单位类型")),
)
