"""Drafts of rules, and the functions that adopt them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from offices.protection import audited, only

FUNCTIONS = """
CREATE FUNCTION adopt_rule(draft_key bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  draft casework_ruledraft;
  who bigint := NULLIF(current_setting('app.user', true), '')::bigint;
BEGIN
  SELECT * INTO draft FROM casework_ruledraft WHERE id = draft_key AND decided_at IS NULL FOR UPDATE;
  IF NOT FOUND OR who IS NULL OR who = draft.drafted_by_id OR draft.valid_from <= current_date THEN
    RETURN false;
  END IF;
  -- A rule that is to begin later and has not begun gives way; one that was ever in force only ends.
  DELETE FROM casework_deadlinerule WHERE code = draft.code AND valid_from >= draft.valid_from;
  UPDATE casework_deadlinerule SET valid_until = draft.valid_from - 1
   WHERE code = draft.code AND (valid_until IS NULL OR valid_until >= draft.valid_from);
  INSERT INTO casework_deadlinerule (code, amount, unit, rolls, article, valid_from)
  VALUES (draft.code, draft.amount, draft.unit, draft.rolls, draft.article, draft.valid_from);
  UPDATE casework_ruledraft SET decided_by_id = who, decided_at = now(), adopted = true WHERE id = draft_key;
  RETURN true;
END $$;

CREATE FUNCTION refuse_rule(draft_key bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH refused AS (
    UPDATE casework_ruledraft SET decided_by_id = NULLIF(current_setting('app.user', true), '')::bigint,
           decided_at = now(), adopted = false
     WHERE id = draft_key AND decided_at IS NULL RETURNING id
  )
  SELECT EXISTS (SELECT FROM refused)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0004_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=60)),
                ("amount", models.PositiveSmallIntegerField(verbose_name="期限")),
                (
                    "unit",
                    models.CharField(
                        choices=[("hour", "小时"), ("day", "自然日"), ("workday", "工作日"), ("month", "个月")],
                        max_length=8,
                        verbose_name="单位",
                    ),
                ),
                ("rolls", models.BooleanField(default=False, verbose_name="遇节假日顺延")),
                ("article", models.CharField(max_length=200, verbose_name="依据")),
                ("valid_from", models.DateField(verbose_name="起始日期")),
                ("reason", models.CharField(max_length=300, verbose_name="修改理由")),
                ("drafted_at", models.DateTimeField(auto_now_add=True, verbose_name="起草时间")),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="审定时间")),
                ("adopted", models.BooleanField(editable=False, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "期限规则草案",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("code",),
                        name="one_open_draft_per_rule",
                        violation_error_message="这条规则已有待审定的草案，请先审定或退回。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("adopted", True), _negated=True),
                            models.Q(("decided_by", models.F("drafted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="rule_adopted_by_a_second_person",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION refuse_rule(bigint); DROP FUNCTION adopt_rule(bigint);"),
        only("casework_ruledraft", "SELECT", "INSERT"),
        audited("casework_ruledraft"),
    ]
