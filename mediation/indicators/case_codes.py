"""The columns of form 9 by code, and the lists that some of them follow in order: committees, senders, types."""

from __future__ import annotations

ARTICLE = "司发通〔2010〕239号；人民调解法第十条"
KINDS = (
    ("village", "村调委会", "Village committees"),
    ("community", "居调委会", "Community committees"),
    ("township", "乡镇调委会", "Township committees"),
    ("subdistrict", "街道调委会", "Sub-district committees"),
    ("enterprise", "企事业单位调委会", "Enterprise and institution committees"),
    ("organisation", "社会团体和其他组织调委会", "Committees of social and other organisations"),
)
REFERRALS = (
    ("referral_court", "法院委托移送", "Referred by courts"),
    ("referral_procuratorate", "检察院委托移送", "Referred by procuratorates"),
    ("referral_police", "公安机关委托移送", "Referred by the police"),
    ("referral_petition", "信访部门委托移送", "Referred by petition offices"),
    ("referral_other", "其他部门委托移送", "Referred by other departments"),
)
TYPES = (
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
    ("road_traffic", "道路交通事故纠纷", "Road traffic accidents"),
    ("property_mgmt", "物业纠纷", "Property management"),
    ("other", "其他纠纷", "Other"),
)


def column(number: int) -> str:
    """Return the code of a column of the table."""
    return f"T9.{number:02}"


def columns(first: int, last: int) -> tuple[str, ...]:
    """Return the codes of a run of columns, both ends included."""
    return tuple(column(number) for number in range(first, last + 1))
