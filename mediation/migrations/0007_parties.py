"""The people of a dispute: their papers, capacity and guardians, and the keys by which their other disputes are found."""

import casework.models.fields
import offices.secrecy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the columns and their indexes."""

    dependencies = [
        ("mediation", "0006_danger_words"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="id_index",
            field=offices.secrecy.BlindIndexField(blank=True, editable=False, null=True, source="id_number"),
        ),
        migrations.AddField(
            model_name="agent",
            name="id_kind",
            field=casework.models.fields.CodeField(
                blank=True, max_length=20, table="mediation.id_kind", verbose_name="证件类型"
            ),
        ),
        migrations.AddField(
            model_name="guardian",
            name="birth_date",
            field=models.DateField(blank=True, null=True, verbose_name="监护人出生日期"),
        ),
        migrations.AddField(
            model_name="guardian",
            name="id_index",
            field=offices.secrecy.BlindIndexField(blank=True, editable=False, null=True, source="id_number"),
        ),
        migrations.AddField(
            model_name="guardian",
            name="id_kind",
            field=casework.models.fields.CodeField(
                blank=True, max_length=20, table="mediation.id_kind", verbose_name="证件类型"
            ),
        ),
        migrations.AddField(
            model_name="guardian",
            name="is_adult",
            field=models.BooleanField(default=False, verbose_name="已核实监护人为成年人"),
        ),
        migrations.AddField(
            model_name="guardian",
            name="is_organisation",
            field=models.BooleanField(
                default=False,
                help_text="民政部门、村（居）民委员会等依法担任监护人的勾选。",
                verbose_name="由组织担任监护人",
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="capacity",
            field=models.CharField(
                blank=True,
                choices=[("limited", "限制民事行为能力"), ("none", "无民事行为能力")],
                max_length=8,
                verbose_name="民事行为能力",
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="id_kind",
            field=casework.models.fields.CodeField(
                blank=True, max_length=20, table="mediation.id_kind", verbose_name="证件类型"
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="is_adult",
            field=models.BooleanField(default=False, verbose_name="已核实为成年人"),
        ),
        migrations.AddField(
            model_name="party",
            name="organisation_kind",
            field=casework.models.fields.CodeField(
                blank=True, max_length=20, table="mediation.organisation_kind", verbose_name="单位类型"
            ),
        ),
        migrations.AddField(
            model_name="party",
            name="own_labour",
            field=models.BooleanField(default=False, verbose_name="以自己的劳动收入为主要生活来源"),
        ),
        migrations.AddField(
            model_name="party",
            name="phone_index",
            field=offices.secrecy.BlindIndexField(blank=True, editable=False, null=True, source="phone"),
        ),
        migrations.AlterField(
            model_name="agent",
            name="id_number",
            field=offices.secrecy.EncryptedField(blank=True, null=True, verbose_name="证件号码"),
        ),
        migrations.AlterField(
            model_name="guardian",
            name="id_number",
            field=offices.secrecy.EncryptedField(blank=True, null=True, verbose_name="证件号码"),
        ),
        migrations.AlterField(
            model_name="party",
            name="id_number",
            field=offices.secrecy.EncryptedField(blank=True, null=True, verbose_name="证件号码"),
        ),
        migrations.AddIndex(
            model_name="agent",
            index=models.Index(fields=["id_index", "office"], name="agent_by_id_index"),
        ),
        migrations.AddIndex(
            model_name="guardian",
            index=models.Index(fields=["id_index", "office"], name="guardian_by_id_index"),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("credit_code", ""), _negated=True),
                fields=["credit_code", "-dispute"],
                include=("office", "county", "city"),
                name="party_by_credit_code",
            ),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("birth_date__isnull", False)),
                fields=["name", "birth_date", "-dispute"],
                include=("office", "county", "city"),
                name="party_by_name_and_birth",
            ),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("phone_index__isnull", False)),
                fields=["phone_index", "name", "-dispute"],
                include=("office", "county", "city"),
                name="party_by_phone_and_name",
            ),
        ),
    ]
