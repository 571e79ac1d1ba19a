"""Alerts that are followed up, terms and posts with their history, and the review of a crime as business of its own."""

import casework.models.fields
import casework.models.record
import django.db.models.deletion
import django.utils.timezone
import mediation.models.base
from casework.protection import handed_over, marks_records, searched
from django.conf import settings
from django.db import migrations, models
from offices.protection import child

OF_DISPUTES = (
    *("party", "disputemediator", "agreement", "agent", "guardian", "invitee", "investigation", "evidence", "session"),
    *("performanceitem", "returnvisit", "transfer", "undisputedfact", "preventiveeffect", "escalation"),
)
UNDER_DISPUTES = ("riskalert", "judicialconfirmation")


def rows(key, *names):
    """Return tables with the key by which their rows name the record."""
    return tuple((f"mediation_{name}", key) for name in names)


def of_disputes(own_rows, records):
    """Return what goes along with a dispute."""
    return handed_over(
        "mediation.dispute",
        rows=rows("dispute_id", *own_rows),
        records=[(f"mediation.{name}", "dispute_id") for name in records],
        comes=["accepted"],
        goes=["succeeded", "failed", "transferred"],
    )


def of_committees(*names):
    """Return what goes along with a committee."""
    return handed_over(
        "mediation.mediationcommittee",
        rows=rows("committee_id", *names),
        records=[("mediation.mediator", "committee_id"), ("mediation.mediationstudio", "committee_id")],
        comes=["established"],
        goes=["committee_dissolved"],
    )


def of_mediators(*names):
    """Return what goes along with a mediator."""
    return handed_over("mediation.mediator", rows=rows("mediator_id", *names), comes=["appointed"], goes=["left"])


def of_alerts(*names):
    """Return what goes along with an alert."""
    return handed_over(
        "mediation.riskalert", rows=rows("alert_id", *names), comes=["alert_raised"], goes=["alert_closed"]
    )


def instead(old, new):
    """Put one function of a hand-over in the place of another."""
    return migrations.RunSQL([old.reverse_sql, new.sql], [new.reverse_sql, old.sql])


# Each child table: its parent and the key.
CHILDREN = (
    ("alertreport", "riskalert", "alert_id"),
    ("committeeterm", "mediationcommittee", "committee_id"),
    ("mediatorpost", "mediator", "mediator_id"),
)


class Migration(migrations.Migration):
    """Add what the registers lacked. A review that was entered before is one that has been concluded."""

    dependencies = [
        ("mediation", "0008_people"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(name="criminalreview", options={}),
        migrations.RenameField("criminalreview", "user", "created_by"),
        migrations.RenameField("criminalreview", "at", "created_at"),
        migrations.RenameField("criminalreview", "on", "registered_on"),
        migrations.AddField(
            "criminalreview",
            "title",
            models.CharField(default="民转刑案件倒查", max_length=120, verbose_name="名称"),
            preserve_default=False,
        ),
        migrations.AddField(
            "criminalreview",
            "state",
            models.CharField(default="concluded", editable=False, max_length=24, verbose_name="状态"),
            preserve_default=False,
        ),
        migrations.AddField(
            "criminalreview",
            "updated_at",
            models.DateTimeField(auto_now=True, default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="AlertReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="填写时间")),
                (
                    "reported_to",
                    casework.models.fields.CodesField(
                        blank=True, default=list, table="mediation.report_body", verbose_name="上报对象"
                    ),
                ),
                ("reported_at", models.DateTimeField(verbose_name="上报时间")),
                ("content", models.CharField(max_length=500, verbose_name="上报内容")),
            ],
            options={
                "verbose_name": "补充上报",
                "ordering": ["reported_at", "id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
            bases=(mediation.models.base.DayChecks, models.Model),
        ),
        migrations.CreateModel(
            name="CommitteeTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="填写时间")),
                ("since", models.DateField(verbose_name="任期自")),
                ("until", models.DateField(verbose_name="任期至")),
                ("filed_on", models.DateField(blank=True, null=True, verbose_name="备案日期")),
                ("filing_number", models.CharField(blank=True, max_length=60, verbose_name="备案文号")),
            ],
            options={
                "verbose_name": "历届任期",
                "ordering": ["-since", "-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
            bases=(mediation.models.base.DayChecks, models.Model),
        ),
        migrations.CreateModel(
            name="MediatorPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="填写时间")),
                (
                    "kind",
                    models.CharField(
                        choices=[("member", "委员"), ("hired", "聘任")], max_length=8, verbose_name="类别"
                    ),
                ),
                (
                    "position",
                    models.CharField(
                        blank=True,
                        choices=[("director", "主任"), ("deputy", "副主任")],
                        max_length=8,
                        verbose_name="职务",
                    ),
                ),
                ("since", models.DateField(verbose_name="任该职自")),
                ("until", models.DateField(verbose_name="任该职至")),
            ],
            options={
                "verbose_name": "任职经历",
                "ordering": ["since", "id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
            bases=(mediation.models.base.DayChecks, models.Model),
        ),
        migrations.AlterModelOptions(
            name="criminalreview",
            options={
                "base_manager_name": "objects",
                "ordering": ["-registered_on", "-id"],
                "verbose_name": "民转刑案件倒查",
            },
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="account",
            field=models.TextField(blank=True, editable=False, max_length=2000, verbose_name="司法所情况说明"),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="accounted_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="说明日期"),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="concluded_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="结论日期"),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="due_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="办理期限"),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="due_rule",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="number",
            field=models.CharField(blank=True, editable=False, max_length=80, verbose_name="编号"),
        ),
        migrations.AddField(
            model_name="criminalreview",
            name="number_body",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="mediator",
            name="certificate_on",
            field=models.DateField(blank=True, null=True, verbose_name="发证日期"),
        ),
        migrations.AddField(
            model_name="mediator",
            name="certificate_until",
            field=models.DateField(blank=True, null=True, verbose_name="证件有效期至"),
        ),
        migrations.AddField(
            model_name="mediator",
            name="post_since",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="现职起始日期"),
        ),
        migrations.AddField(
            model_name="riskalert",
            name="relevelled_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="等级调整时间"),
        ),
        migrations.AddField(
            model_name="riskalert",
            name="void_reason",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="作废原因"),
        ),
        migrations.AddField(
            model_name="riskalert",
            name="voided_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="作废日期"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="created_at",
            field=models.DateTimeField(auto_now_add=True),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="dispute",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="criminal_reviews",
                to="mediation.dispute",
            ),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="findings",
            field=models.TextField(blank=True, max_length=2000, verbose_name="存在问题"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="measures",
            field=models.TextField(blank=True, max_length=2000, verbose_name="整改措施"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="registered_on",
            field=models.DateField(verbose_name="登记日期"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="responsible",
            field=models.CharField(blank=True, max_length=100, verbose_name="责任单位和责任人"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="was_alerted",
            field=models.BooleanField(blank=True, null=True, verbose_name="案发前曾预警上报"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="was_mediated",
            field=models.BooleanField(blank=True, null=True, verbose_name="案发前曾调解"),
        ),
        migrations.AlterField(
            model_name="criminalreview",
            name="was_screened",
            field=models.BooleanField(blank=True, null=True, verbose_name="案发前曾排查发现"),
        ),
        migrations.AddIndex(
            model_name="criminalreview",
            index=models.Index(
                fields=["office", "-registered_on", "-id"], include=("county", "city"), name="criminalreview_by_office"
            ),
        ),
        migrations.AddIndex(
            model_name="criminalreview",
            index=models.Index(
                fields=["county", "-registered_on", "-id"], include=("office", "city"), name="criminalreview_by_county"
            ),
        ),
        migrations.AddIndex(
            model_name="criminalreview",
            index=models.Index(
                fields=["city", "-registered_on", "-id"], include=("office", "county"), name="criminalreview_by_city"
            ),
        ),
        migrations.AddIndex(
            model_name="criminalreview",
            index=models.Index(
                fields=["-registered_on", "-id"], include=("office", "county", "city"), name="criminalreview_by_date"
            ),
        ),
        migrations.AddIndex(
            model_name="criminalreview",
            index=models.Index(
                condition=models.Q(("due_on__isnull", False)),
                fields=["office", "due_on", "id"],
                include=("state",),
                name="criminalreview_due",
            ),
        ),
        migrations.AddIndex(
            model_name="riskalert",
            index=models.Index(
                condition=models.Q(("state__in", ["raised", "reported"])),
                fields=["report_by"],
                include=("office", "county", "city"),
                name="alert_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="criminalreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("number_body", "number"),
                name="criminalreview_number_once_per_body",
            ),
        ),
        migrations.AddConstraint(
            model_name="criminalreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("concluded_on", None),
                    models.Q(
                        models.Q(("was_screened", None), _negated=True),
                        models.Q(("was_mediated", None), _negated=True),
                        models.Q(("was_alerted", None), _negated=True),
                        models.Q(("findings", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_concluded_with_answers",
                violation_error_message="作出倒查结论，应当写明是否排查、是否调解、是否预警和存在问题。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediator",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("certificate_until", None),
                    ("certificate_on", None),
                    ("certificate_until__gt", models.F("certificate_on")),
                    _connector="OR",
                ),
                name="mediator_certificate_in_order",
                violation_error_message="证件有效期应当晚于发证日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediator",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("post_since", None), ("post_since__gte", models.F("appointed_from")), _connector="OR"
                ),
                name="mediator_post_within_service",
                violation_error_message="现职起始日期不能早于任职日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediator",
            constraint=models.UniqueConstraint(
                condition=models.Q(("position", "director"), ("state", "serving")),
                fields=("committee",),
                name="one_director_per_committee",
                violation_error_message="该调委会已有在任主任，请先为其登记离任或变更任职。",
            ),
        ),
        migrations.AddConstraint(
            model_name="residentunit",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="resident_days_in_order",
                violation_error_message="撤出日期不能早于入驻日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="riskalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("voided_on", None),
                    models.Q(("closed_on", None), models.Q(("void_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="alert_void_with_reason",
                violation_error_message="作废预警应当写明原因；已解除的预警不能作废。",
            ),
        ),
        migrations.AddField(
            model_name="alertreport",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="mediation.riskalert"
            ),
        ),
        migrations.AddField(
            model_name="alertreport",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="alertreport",
            name="county",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="alertreport",
            name="office",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"),
        ),
        migrations.AddField(
            model_name="alertreport",
            name="user",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="填写人",
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="committee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="mediation.mediationcommittee"
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="county",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="office",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="user",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="填写人",
            ),
        ),
        migrations.AddField(
            model_name="mediatorpost",
            name="city",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="mediatorpost",
            name="county",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="offices.office",
            ),
        ),
        migrations.AddField(
            model_name="mediatorpost",
            name="mediator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="mediation.mediator"
            ),
        ),
        migrations.AddField(
            model_name="mediatorpost",
            name="office",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"),
        ),
        migrations.AddField(
            model_name="mediatorpost",
            name="user",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="填写人",
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.UniqueConstraint(
                fields=("committee", "since"),
                name="one_term_from_a_day",
                violation_error_message="这一届任期已经登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("since"))),
                name="past_term_in_order",
                violation_error_message="任期截止日期不能早于起始日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="mediatorpost",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("since"))),
                name="past_post_in_order",
                violation_error_message="变更日期应当晚于原任职的起始日期。",
            ),
        ),
        *(
            operation
            for name, parent, key in CHILDREN
            for operation in child(f"mediation_{name}", "mediation", f"mediation_{parent}", key)
        ),
        marks_records("mediation_criminalreview", "mediation.criminalreview"),
        searched("mediation_criminalreview", "mediation.criminalreview"),
        handed_over("mediation.criminalreview"),
        instead(
            of_disputes([*OF_DISPUTES, "criminalreview"], UNDER_DISPUTES),
            of_disputes(OF_DISPUTES, [*UNDER_DISPUTES, "criminalreview"]),
        ),
        instead(of_alerts(), of_alerts("alertreport")),
        instead(
            of_mediators("training", "allowance", "commendation"),
            of_mediators("training", "allowance", "commendation", "mediatorpost"),
        ),
        instead(of_committees("funding"), of_committees("funding", "committeeterm")),
    ]
