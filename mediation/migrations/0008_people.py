"""Papers and organisations as code tables, what stored people are filled with, and what the search must learn of."""

from datetime import date

from django.db import migrations, models

from casework.protection import searched

START = date(2022, 1, 1)
BATCH = 2000
TABLES = {
    "mediation.id_kind": [
        ("resident_id", "居民身份证", "Resident identity card"),
        ("household", "户口簿", "Household register"),
        ("hmt_residence", "港澳台居民居住证", "Residence permit for Hong Kong, Macau and Taiwan residents"),
        ("hk_mo_permit", "港澳居民来往内地通行证", "Mainland travel permit for Hong Kong and Macau residents"),
        ("tw_permit", "台湾居民来往大陆通行证", "Mainland travel permit for Taiwan residents"),
        ("foreign_residence", "外国人永久居留身份证", "Foreign permanent resident identity card"),
        ("passport", "护照", "Passport"),
        ("unregistered", "未上户口", "Not registered yet"),
        ("other", "其他证件", "Another paper"),
    ],
    # Civil Code, articles 76, 87, 96 and 102; individual businesses (art. 54) appear under their own names.
    "mediation.organisation_kind": [
        ("enterprise", "企业", "Enterprise"),
        ("individual_business", "个体工商户", "Individual business"),
        ("institution", "事业单位", "Public institution"),
        ("society", "社会组织", "Social organisation"),
        ("organ", "机关", "State organ"),
        ("village", "村（居）民委员会", "Village or residents' committee"),
        ("collective", "农村集体经济组织", "Rural collective economic organisation"),
        ("cooperative", "农民专业合作社", "Farmers' cooperative"),
        ("partnership", "合伙企业、个人独资企业", "Partnership or sole proprietorship"),
        ("other", "其他组织", "Another organisation"),
    ],
}
# What is found by which a dispute is found too.
OF_DISPUTES = ("guardian", "invitee")
PEOPLE = ("party", "agent", "guardian")


def load(apps, schema_editor):
    """Insert the tables."""
    code_value = apps.get_model("casework", "CodeValue")
    code_value.objects.using(schema_editor.connection.alias).bulk_create(
        code_value(table=table, code=code, name=name, name_en=name_en, sort=sort, valid_from=START)
        for table, rows in TABLES.items()
        for sort, (code, name, name_en) in enumerate(rows, start=1)
    )


def unload(apps, schema_editor):
    """Take them out again."""
    using = schema_editor.connection.alias
    apps.get_model("casework", "CodeValue").objects.using(using).filter(table__in=TABLES).delete()


def fill(apps, schema_editor):
    """Give stored people their paper (they had resident numbers alone) and the new indexes."""
    with schema_editor.connection.cursor() as cursor:
        # Without the level the policies show no row; the triggers would write an audit row for each.
        cursor.execute("SELECT set_config('app.level', 'system', true), set_config('app.lines', '*', true)")
        for name in PEOPLE:
            cursor.execute(f"ALTER TABLE mediation_{name} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE mediation_{name} SET id_kind = 'resident_id' WHERE id_number IS NOT NULL")  # noqa: S608
        for name, source, index in (
            ("party", "phone", "phone_index"),
            ("agent", "id_number", "id_index"),
            ("guardian", "id_number", "id_index"),
        ):
            _index(apps.get_model("mediation", name), schema_editor.connection.alias, source, index)
        # Keys wait for the end of the transaction; a table with checks outstanding cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in PEOPLE:
            cursor.execute(f"ALTER TABLE mediation_{name} ENABLE TRIGGER USER")
        cursor.execute("SELECT set_config('app.level', '', true), set_config('app.lines', '', true)")


def _index(model, using, source, index):
    last = 0
    while True:
        known = model.objects.using(using).filter(pk__gt=last, **{f"{source}__isnull": False}).order_by("pk")
        rows = list(known.only("pk", source)[:BATCH])
        if not rows:
            return
        for row in rows:
            setattr(row, index, getattr(row, source))
        model.objects.using(using).bulk_update(rows, [index])
        last = rows[-1].pk


class Migration(migrations.Migration):
    """Load, fill, and hold to it what is written from now on."""

    dependencies = [("mediation", "0007_parties")]

    operations = [
        migrations.RunPython(load, unload),
        migrations.RunPython(fill, migrations.RunPython.noop),
        *(searched(f"mediation_{name}", "mediation.dispute", "dispute_id") for name in OF_DISPUTES),
        migrations.AddConstraint(
            model_name="guardian",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_organisation", False), models.Q(("birth_date", None), ("id_kind", "")), _connector="OR"
                ),
                name="guardian_organisation_has_no_birth_date",
                violation_error_message="组织担任监护人的，不填证件和出生日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "person"),
                    models.Q(("birth_date", None), ("capacity", ""), ("id_kind", ""), ("own_labour", False)),
                    _connector="OR",
                ),
                name="party_person_fields_of_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "organisation"), models.Q(("credit_code", ""), ("organisation_kind", "")), _connector="OR"
                ),
                name="party_code_of_organisations",
            ),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("id_index", None), models.Q(("id_kind__in", ["", "unregistered"]), _negated=True), _connector="OR"
                ),
                name="party_number_has_paper",
            ),
        ),
    ]
