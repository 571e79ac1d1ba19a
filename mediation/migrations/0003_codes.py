"""The code tables of the ministry's statistics (types of 2017 on, sources, committees) and the dated limits."""

from datetime import date

from django.db import migrations

START = date(2022, 1, 1)

TABLES = {
    "mediation.type": [
        ("marriage_family", "婚姻家庭纠纷", "Marriage and family"),
        ("neighbourhood", "邻里纠纷", "Neighbourhood"),
        ("house_homestead", "房屋宅基地纠纷", "House and homestead"),
        ("contract", "合同纠纷", "Contract"),
        ("production_business", "生产经营纠纷", "Production and business"),
        ("damages", "损害赔偿纠纷", "Damages"),
        ("forest_land", "山林土地纠纷", "Forest and land"),
        ("expropriation", "征地拆迁纠纷", "Expropriation and demolition"),
        ("environment", "环境污染纠纷", "Environmental pollution"),
        ("migrant_wage", "拖欠农民工工资纠纷", "Unpaid wages of migrant workers"),
        ("labour_other", "其他劳动争议纠纷", "Other labour disputes"),
        ("tourism", "旅游纠纷", "Tourism"),
        ("e_commerce", "电子商务纠纷", "E-commerce"),
        ("consumer_other", "其他消费纠纷", "Other consumer disputes"),
        ("medical", "医疗纠纷", "Medical"),
        ("road_traffic", "道路交通事故纠纷", "Road traffic accident"),
        ("property_mgmt", "物业纠纷", "Property management"),
        ("other", "其他纠纷", "Other"),
    ],
    "mediation.source": [
        ("ex_officio", "主动调解", "Ex officio"),
        ("on_application", "依申请调解", "On application"),
        ("by_referral", "接受委托移送调解", "By referral"),
        ("referral_court", "法院委托移送", "Referred by a court"),
        ("referral_procuratorate", "检察院委托移送", "Referred by a procuratorate"),
        ("referral_police", "公安机关委托移送", "Referred by the police"),
        ("referral_petition", "信访部门委托移送", "Referred by a petition office"),
        ("referral_other", "其他部门委托移送", "Referred by another department"),
    ],
    "mediation.committee_kind": [
        ("village", "村调委会", "Village committee"),
        ("community", "居（社区）调委会", "Community committee"),
        ("township", "乡镇调委会", "Township committee"),
        ("subdistrict", "街道调委会", "Sub-district committee"),
        ("enterprise", "企事业单位调委会", "Enterprise or institution committee"),
        ("organisation", "社会团体和其他组织调委会", "Committee of a social or other organisation"),
    ],
    "mediation.rejection": [
        (
            "with_other_body",
            "已由法院、仲裁或行政机关受理或解决",
            "Already before or settled by a court, arbitrator or agency",
        ),
        ("exclusive_body", "法律规定只能由专门机关管辖", "Reserved by law to a special body"),
        ("not_civil", "不属于民间纠纷", "Not a civil dispute"),
        ("party_refuses", "一方当事人明确拒绝调解", "A party clearly refuses mediation"),
        ("withdrawn", "受理前申请人撤回申请", "Withdrawn by the applicant before acceptance"),
    ],
    "mediation.subtype": [
        ("divorce", "离婚纠纷", "Divorce"),
        ("support", "赡养抚养纠纷", "Maintenance and support"),
        ("inheritance", "继承纠纷", "Inheritance"),
        ("love_affair", "婚恋纠纷", "Love affairs"),
        ("private_loan", "民间借贷纠纷", "Private loans"),
        ("lease", "租赁纠纷", "Lease"),
        ("intellectual_property", "知识产权纠纷", "Intellectual property"),
        ("finance", "金融纠纷", "Finance"),
        ("enterprise", "涉企纠纷", "Involving enterprises"),
        ("campus", "校园纠纷", "Schools"),
        ("personal_injury", "人身损害赔偿纠纷", "Personal injury"),
        ("forest_right", "林权纠纷", "Forest rights"),
        ("land_contract", "土地承包纠纷", "Land contracts"),
        ("maritime", "海洋渔业纠纷", "Sea and fishery"),
    ],
    "mediation.scale": [
        ("individual", "个体性事件", "Individual"),
        ("group", "一般群体性事件", "Ordinary group event"),
        ("large_group", "重大群体性事件", "Grave group event"),
    ],
    "mediation.relation": [
        ("citizens", "公民与公民", "Between citizens"),
        ("citizen_body", "公民与法人及社会组织", "Citizen and legal person or organisation"),
        ("bodies", "法人之间", "Between legal persons"),
    ],
    "mediation.way": [
        ("face_to_face", "面对面调解", "Face to face"),
        ("on_site", "现场（田间地头）调解", "On the spot"),
        ("video", "线上视频调解", "By video"),
        ("telephone", "电话调解", "By telephone"),
    ],
    "mediation.visit_way": [
        ("in_person", "上门回访", "In person"),
        ("telephone", "电话回访", "By telephone"),
        ("online", "线上回访", "Online"),
    ],
    "mediation.office_role": [
        ("guided", "指导", "Guided"),
        ("took_part", "直接参与", "Took part"),
        ("none", "未参与", "Not involved"),
    ],
    "mediation.failure": [
        ("no_agreement", "未达成协议", "No agreement"),
        ("refused", "当事人拒绝调解", "Refused by a party"),
        ("withdrawn", "当事人撤回或退出", "Withdrawn by a party"),
        ("out_of_time", "期限届满未达成协议", "Time ran out"),
        ("not_suitable", "发现不宜调解", "Found unsuitable for mediation"),
    ],
    "mediation.route": [
        ("arbitration", "向仲裁机构申请仲裁", "Arbitration"),
        ("administrative", "请求行政机关处理", "An administrative agency"),
        ("litigation", "向人民法院提起诉讼", "A lawsuit"),
        ("legal_aid", "向法律援助机构申请法律援助", "Legal aid"),
    ],
    "mediation.industry": [
        ("medical", "医疗", "Medical"),
        ("road_traffic", "道路交通", "Road traffic"),
        ("labour", "劳动", "Labour"),
        ("property", "物业", "Property management"),
        ("consumer", "消费", "Consumers"),
        ("intellectual_property", "知识产权", "Intellectual property"),
        ("family", "婚姻家庭", "Marriage and family"),
        ("finance", "金融", "Finance"),
        ("environment", "环境", "Environment"),
        ("tourism", "旅游", "Tourism"),
        ("e_commerce", "电子商务", "E-commerce"),
        ("other", "其他", "Other"),
    ],
    "mediation.mediator_origin": [
        ("retired_officer", "退休政法干警", "Retired officer of police, procuratorate or court"),
        ("lawyer", "律师", "Lawyer"),
        ("legal_worker", "基层法律服务工作者", "Grassroots legal worker"),
        ("village_cadre", "村（居）干部", "Village or community officer"),
        ("grid_worker", "网格员", "Grid worker"),
        ("five_elders", "五老人员", "Respected elder"),
        ("other", "其他", "Other"),
    ],
    "mediation.mediator_grade": [
        ("first", "一级", "First grade"),
        ("second", "二级", "Second grade"),
        ("third", "三级", "Third grade"),
        ("fourth", "四级", "Fourth grade"),
    ],
    "mediation.education": [
        ("college", "大专以上", "College and above"),
        ("senior", "高中（中专）", "Senior secondary"),
        ("junior", "初中及以下", "Junior secondary and below"),
    ],
    "mediation.departure": [
        ("resigned", "本人辞职", "Resigned"),
        ("term_ended", "任期届满", "End of term"),
        ("not_reappointed", "解聘", "Appointment ended"),
        ("partial", "罢免：偏袒一方当事人", "Removed: partial to a party"),
        ("insulting", "罢免：侮辱当事人", "Removed: insulted a party"),
        ("bribed", "罢免：索取、收受财物或牟取不正当利益", "Removed: took gifts or other gain"),
        ("indiscreet", "罢免：泄露个人隐私、商业秘密", "Removed: disclosed secrets"),
        ("deceased", "去世", "Deceased"),
        ("other", "其他", "Other"),
    ],
    "mediation.invitee": [
        ("relative", "亲属", "Relative"),
        ("neighbour", "邻里", "Neighbour"),
        ("colleague", "同事", "Colleague"),
        ("expert", "专业人士", "Expert"),
        ("organisation", "社会组织人员", "Member of a social organisation"),
        ("other", "其他", "Other"),
    ],
    "mediation.evidence": [
        ("document", "书证", "Document"),
        ("object", "物证", "Object"),
        ("picture", "照片、视听资料", "Picture or recording"),
        ("electronic", "电子数据", "Electronic data"),
        ("testimony", "证人证言", "Testimony"),
        ("opinion", "鉴定、评估意见", "Expert opinion"),
        ("other", "其他", "Other"),
    ],
    "mediation.transfer_body": [
        ("court", "人民法院", "Court"),
        ("police", "公安机关", "Police"),
        ("petition", "信访部门", "Petition office"),
        ("department", "行政主管部门", "Administrative department"),
        ("legal_aid", "法律援助机构", "Legal aid"),
        ("arbitration", "仲裁机构", "Arbitration"),
        ("upper_committee", "上级或其他调委会", "Another mediation committee"),
        ("other", "其他", "Other"),
    ],
    "mediation.court_ground": [
        ("inviting", "邀请调解的人民法院", "The court that invited to mediate"),
        ("domicile", "当事人住所地基层人民法院", "Basic court of a party's domicile"),
        ("subject", "标的物所在地基层人民法院", "Basic court of the subject-matter"),
        ("committee", "调解组织所在地基层人民法院", "Basic court of the committee's place"),
        ("intermediate", "有管辖权的中级人民法院", "Intermediate court with jurisdiction"),
    ],
    "mediation.inadmissible": [
        ("not_for_courts", "不属于人民法院受理范围", "Outside the courts' acceptance"),
        ("not_this_court", "不属于收到申请的人民法院管辖", "Not within this court's jurisdiction"),
        ("status", "确认婚姻、亲子、收养等身份关系有效、无效或者解除", "Status: marriage, filiation, adoption"),
        (
            "special_procedure",
            "适用其他特别、公示催告、破产等程序审理",
            "Special, public-summons or bankruptcy procedure",
        ),
        ("property_title", "物权、知识产权确权", "Title to property or intellectual property"),
    ],
    "mediation.screening": [
        ("daily", "日常排查", "Daily"),
        ("weekly", "每周排查", "Weekly"),
        ("monthly", "月度排查", "Monthly"),
        ("special", "专项排查", "Special"),
        ("festival", "节会安保排查", "Festivals and meetings"),
    ],
    "mediation.alert_level": [
        ("red", "红色", "Red"),
        ("orange", "橙色", "Orange"),
        ("yellow", "黄色", "Yellow"),
    ],
    "mediation.risk_flag": [
        ("threat", "扬言杀人或报复", "Threat to kill or take revenge"),
        ("self_harm", "轻生言行", "Words or acts of self-harm"),
        ("weapon", "携带凶器或危险物品", "Carrying a weapon"),
        ("domestic_violence", "家庭暴力或人身安全保护令", "Domestic violence or protection order"),
        ("police_calls", "多次报警", "Repeated police calls"),
        ("mental_illness", "精神障碍史", "History of mental illness"),
        ("alcohol", "酗酒", "Alcohol"),
        ("failed_thrice", "三次以上调解不成", "Three or more failed mediations"),
        ("group", "涉及十人以上", "Ten or more people"),
        ("large_sum", "金额对家庭影响重大", "A sum that weighs on the family"),
        ("love_break", "婚恋情感破裂", "Break-up of a love affair"),
        ("five_losses", "投资失败、生活失意、心态失衡、关系失和、精神失常", "One of the five losses"),
    ],
    "mediation.report_body": [
        ("police_station", "公安派出所", "Police station"),
        ("township", "乡镇（街道）党委政府", "Township"),
        ("county_bureau", "县司法局", "County justice bureau"),
        ("politics_law", "政法委", "Political and legal affairs commission"),
        ("petition", "信访部门", "Petition office"),
        ("other", "其他部门", "Another department"),
    ],
    "mediation.resident_unit": [
        ("court", "人民法庭", "Court"),
        ("police_station", "公安派出所", "Police station"),
        ("petition", "信访", "Petition office"),
        ("women", "妇联", "Women's federation"),
        ("labour", "人力资源社会保障", "Labour"),
        ("land", "自然资源", "Natural resources"),
        ("market", "市场监管", "Market regulation"),
        ("lawyer", "律师或基层法律服务所", "Lawyers or legal workers"),
        ("other", "其他", "Other"),
    ],
}
PARENTS = {
    **{code: "by_referral" for code, *_ in TABLES["mediation.source"] if code.startswith("referral_")},
    # A second-level type is counted under its first-level one.
    **dict.fromkeys(("divorce", "support", "inheritance", "love_affair"), "marriage_family"),
    **dict.fromkeys(("private_loan", "lease", "finance"), "contract"),
    **dict.fromkeys(("intellectual_property", "campus"), "other"),
    **dict.fromkeys(("enterprise", "maritime"), "production_business"),
    **dict.fromkeys(("forest_right", "land_contract"), "forest_land"),
    "personal_injury": "damages",
}
# Where two tables share a code, only this one has a second level.
WITH_PARENTS = ("mediation.source", "mediation.subtype")

RULES = [
    ("mediation.accept", 3, "workday", True, "登记后三个工作日内决定是否受理（工作要求，可按本地规定调整）"),
    ("mediation.conclude", 1, "month", True, "人民调解工作若干规定（司法部令第75号）第三十三条：一般在一个月内调结"),
    (
        "mediation.extend",
        1,
        "month",
        True,
        "人民调解工作若干规定（司法部令第75号）第三十三条：双方同意的可以延长；每次不超过一个月（工作要求，可按本地规定调整）",
    ),
    ("mediation.confirmation", 30, "day", True, "人民调解法第三十三条：自调解协议生效之日起三十日内共同申请司法确认"),
    (
        "mediation.return_visit",
        30,
        "day",
        True,
        "人民调解法第三十一条：对协议履行情况进行监督（回访期限可按本地规定调整）",
    ),
    (
        "mediation.close",
        15,
        "day",
        True,
        "人民调解法第二十七条要求建立调解工作档案，未定期限；终止、回访或收到移交回执后十五日内结案（工作要求，可按本地规定调整）",
    ),
    (
        "mediation.archive",
        30,
        "day",
        True,
        "人民调解法第二十七条要求建立调解工作档案，未定期限；结案后三十日内归档（工作要求，可按本地规定调整）",
    ),
    ("mediation.receipt", 7, "day", True, "移交后七日内取得回执（工作要求，可按本地规定调整）"),
    ("mediation.watch", 15, "day", True, "稳控事项每半月回看一次（工作要求，可按本地规定调整）"),
    (
        "mediation.retention",
        360,
        "month",
        False,
        "人民调解法第二十七条要求建立调解工作档案，未定保管期限；暂按三十年（可按本地档案管理规定调整）",
    ),
    ("mediation.term", 36, "month", False, "人民调解法第九条：人民调解委员会委员每届任期三年"),
    (
        "mediation.alert.red",
        2,
        "hour",
        False,
        "人民调解法第二十五条：及时报告；红色预警二小时内（工作要求，可按本地规定调整）",
    ),
    (
        "mediation.alert.orange",
        24,
        "hour",
        False,
        "人民调解法第二十五条：及时报告；橙色预警二十四小时内（工作要求，可按本地规定调整）",
    ),
    (
        "mediation.alert.yellow",
        72,
        "hour",
        False,
        "人民调解法第二十五条：及时报告；黄色预警三日内（工作要求，可按本地规定调整）",
    ),
]


def load(apps, schema_editor):
    """Insert the tables and rules."""
    code_value = apps.get_model("casework", "CodeValue")
    rule = apps.get_model("casework", "DeadlineRule")
    using = schema_editor.connection.alias
    code_value.objects.using(using).bulk_create(
        code_value(
            table=table,
            code=code,
            name=name,
            name_en=name_en,
            sort=sort,
            maps_to=PARENTS.get(code, "") if table in WITH_PARENTS else "",
            valid_from=START,
        )
        for table, rows in TABLES.items()
        for sort, (code, name, name_en) in enumerate(rows, start=1)
    )
    rule.objects.using(using).bulk_create(
        rule(code=code, amount=amount, unit=unit, rolls=rolls, article=article, valid_from=START)
        for code, amount, unit, rolls, article in RULES
    )


def unload(apps, schema_editor):
    """Take them out again."""
    using = schema_editor.connection.alias
    apps.get_model("casework", "CodeValue").objects.using(using).filter(table__in=TABLES).delete()
    codes = [code for code, *_ in RULES]
    apps.get_model("casework", "DeadlineRule").objects.using(using).filter(code__in=codes).delete()


class Migration(migrations.Migration):
    """Load the code tables and deadline rules of the line."""

    dependencies = [("mediation", "0002_protection")]

    operations = [migrations.RunPython(load, unload)]
