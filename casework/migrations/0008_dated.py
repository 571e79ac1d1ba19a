"""Drafts of whatever is dated, the end of the statistical month, years that two persons have adopted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DatedDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("code", models.CharField(max_length=60)),
                ("part", models.CharField(blank=True, max_length=40)),
                ("content", models.JSONField()),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("reason", models.CharField(max_length=300, verbose_name="修改理由")),
                ("drafted_at", models.DateTimeField(auto_now_add=True, verbose_name="起草时间")),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="审定时间")),
                ("adopted", models.BooleanField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "草案",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MonthRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "last_day",
                    models.PositiveSmallIntegerField(
                        choices=[(31, "自然月（1日至月末）"), (25, "上月26日至本月25日")], verbose_name="统计月份"
                    ),
                ),
                ("article", models.CharField(max_length=200, verbose_name="依据")),
                ("valid_from", models.DateField(unique=True, verbose_name="起始日期")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="截止日期")),
            ],
            options={
                "verbose_name": "统计月份",
                "ordering": ["valid_from"],
            },
        ),
        migrations.AddField(
            model_name="calendaryear",
            name="adopted_from",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="codevalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="code_dates_in_order",
            ),
        ),
        migrations.AddField(
            model_name="dateddraft",
            name="decided_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dateddraft",
            name="drafted_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="monthrule",
            constraint=models.CheckConstraint(condition=models.Q(("last_day__in", (25, 31))), name="month_end_known"),
        ),
        migrations.AddConstraint(
            model_name="monthrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_from__day", 1), ("valid_from__month", 1)), name="month_rule_from_january"
            ),
        ),
        migrations.AddIndex(
            model_name="dateddraft",
            index=models.Index(fields=["kind", "code", "-id"], name="drafts_of_a_thing"),
        ),
        migrations.AddConstraint(
            model_name="dateddraft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)),
                fields=("kind", "code", "part"),
                name="one_open_draft_per_thing",
                violation_error_message="这一项已有待审定的草案，请先审定或退回。",
            ),
        ),
        migrations.AddConstraint(
            model_name="dateddraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("adopted", True), _negated=True),
                    models.Q(("decided_by", models.F("drafted_by")), _negated=True),
                    _connector="OR",
                ),
                name="draft_adopted_by_a_second_person",
            ),
        ),
    ]
