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
    ],
}
PARENTS = {code: "by_referral" for code, *_ in TABLES["mediation.source"] if code.startswith("referral_")}

RULES = [
    ("mediation.accept", 3, "workday", True, "登记后三个工作日内决定是否受理（工作要求，可按本地规定调整）"),
    ("mediation.conclude", 1, "month", True, "人民调解工作若干规定（司法部令第75号）第三十三条：一般在一个月内调结"),
    ("mediation.confirmation", 30, "day", True, "人民调解法第三十三条：自调解协议生效之日起三十日内共同申请司法确认"),
    (
        "mediation.return_visit",
        30,
        "day",
        True,
        "人民调解法第三十一条：对协议履行情况进行监督（回访期限可按本地规定调整）",
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
            maps_to=PARENTS.get(code, ""),
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
