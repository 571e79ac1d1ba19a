"""Until when a review is due, and what article 15 calls the end of an elected and of an appointed mediator."""

from datetime import date

from django.db import migrations

START = date(2022, 1, 1)
RULE = {
    "code": "mediation.review",
    "amount": 30,
    "unit": "day",
    "rolls": True,
    "article": "民转刑案件一案一倒查，三十日内作出结论（工作要求，可按本地规定调整）",
}
# Article 15: the elected are removed, the appointed dismissed, on the same grounds.
GROUNDS = {
    "partial": ("偏袒一方当事人", "partial to a party"),
    "insulting": ("侮辱当事人", "insulted a party"),
    "bribed": ("索取、收受财物或牟取不正当利益", "took gifts or other gain"),
    "indiscreet": ("泄露个人隐私、商业秘密", "disclosed secrets"),
}


def rename(apps, using, verb, verb_en):
    """Write the four grounds anew."""
    values = apps.get_model("casework", "CodeValue").objects.using(using).filter(table="mediation.departure")
    for code, (name, name_en) in GROUNDS.items():
        values.filter(code=code).update(name=f"{verb}：{name}", name_en=f"{verb_en}: {name_en}")


def load(apps, schema_editor):
    """Insert the rule and name the grounds for both."""
    using = schema_editor.connection.alias
    apps.get_model("casework", "DeadlineRule").objects.using(using).create(**RULE, valid_from=START)
    rename(apps, using, "罢免（解聘）", "Dismissed")


def unload(apps, schema_editor):
    """Take it back."""
    using = schema_editor.connection.alias
    apps.get_model("casework", "DeadlineRule").objects.using(using).filter(code=RULE["code"]).delete()
    rename(apps, using, "罢免", "Removed")


class Migration(migrations.Migration):
    """Load them."""

    dependencies = [("mediation", "0009_registers")]

    operations = [migrations.RunPython(load, unload)]
