"""Hand-overs: the row that both ends see, and the functions that move a record with all that belongs to it."""

from datetime import date

import casework.models.record
import django.db.models.deletion
import offices.secrecy
from django.conf import settings
from django.db import migrations, models

from casework.protection import follows_record
from offices.protection import audited, only, policy_between, scope_columns

FILLING = """
CREATE FUNCTION fill_handover() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held_by int;
BEGIN
  NEW.line := split_part(NEW.record_type, '.', 1);
  NEW.state := 'offered';
  SELECT county_id, city_id INTO NEW.to_county_id, NEW.to_city_id FROM offices_office
   WHERE id = NEW.to_office_id AND level = 'office' AND valid_to IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A record is handed over to a township office' USING ERRCODE = '23514';
  END IF;
  -- Under the policies of the giver: what is not in its scope cannot be offered.
  EXECUTE format('SELECT office_id, version FROM %I WHERE id = $1', replace(NEW.record_type, '.', '_'))
    INTO held_by, NEW.record_version USING NEW.record_id;
  IF held_by IS DISTINCT FROM NEW.office_id THEN
    RAISE EXCEPTION 'The record is not in scope' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fill_target BEFORE INSERT ON casework_handover FOR EACH ROW EXECUTE FUNCTION fill_handover();
"""

# Whether the owner of the tables is under the policies depends on the server: each function tests the scope of its
# caller in so many words, and raises the level for what that scope may not do by itself.
DECIDING = """
CREATE FUNCTION scope_has_line(of_line text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT COALESCE(string_to_array(current_setting('app.lines', true), ',') && ARRAY[of_line, '*'], false)
$$;

CREATE FUNCTION scope_may_write(office int, county int, of_line text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT scope_has_line(of_line) AND CASE current_setting('app.level', true)
    WHEN 'office' THEN office = NULLIF(current_setting('app.unit', true), '')::int
    WHEN 'county' THEN county = NULLIF(current_setting('app.unit', true), '')::int
    WHEN 'system' THEN true
    ELSE false
  END
$$;

CREATE FUNCTION accept_handover(key bigint, day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  level text := COALESCE(current_setting('app.level', true), '');
  own int := NULLIF(current_setting('app.unit', true), '')::int;
  who bigint := NULLIF(current_setting('app.user', true), '')::bigint;
  offer casework_handover;
  present int;
  last date;
  told jsonb;
  outcome text := 'accepted';
BEGIN
  SELECT * INTO offer FROM casework_handover
   WHERE id = key AND state = 'offered' AND to_office_id = own AND level = 'office' AND who IS NOT NULL
     AND scope_has_line(line) FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  PERFORM set_config('app.level', 'system', true);
  EXECUTE format('SELECT version FROM %I WHERE id = $1 AND office_id = $2 FOR UPDATE',
                 replace(offer.record_type, '.', '_')) INTO present USING offer.record_id, offer.office_id;
  SELECT max(happened_on) INTO last FROM casework_recordevent
   WHERE record_type = offer.record_type AND record_id = offer.record_id AND to_state <> '';
  IF present IS DISTINCT FROM offer.record_version THEN
    outcome := 'changed';
  ELSIF day IS NULL OR day < GREATEST(offer.offered_on, last) THEN
    outcome := 'early';
  ELSE
    SELECT jsonb_build_object('handover', offer.public_id, 'from', f.short_name, 'to', t.short_name) INTO told
    FROM offices_office f, offices_office t WHERE f.id = offer.office_id AND t.id = offer.to_office_id;
    EXECUTE format('SELECT %I($1, $2, $3, $4, $5, $6, $7)', 'hand_over_' || replace(offer.record_type, '.', '_'))
      USING ARRAY[offer.record_id], own, day, who, offer.paper::text, offer.reason::text, told;
    UPDATE casework_handover SET state = 'accepted', decided_by_id = who, decided_at = clock_timestamp(),
           decided_on = day WHERE id = key;
  END IF;
  PERFORM set_config('app.level', level, true);
  RETURN outcome;
END $$;

-- The receiver returns it, the giver withdraws it; the giver's record says so either way.
CREATE FUNCTION close_handover(key bigint, outcome text, day date, why text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  level text := COALESCE(current_setting('app.level', true), '');
  own int := NULLIF(current_setting('app.unit', true), '')::int;
  who bigint := NULLIF(current_setting('app.user', true), '')::bigint;
  offer casework_handover;
BEGIN
  SELECT * INTO offer FROM casework_handover
   WHERE id = key AND state = 'offered' AND level = 'office' AND who IS NOT NULL AND scope_has_line(line)
     AND own = CASE outcome WHEN 'returned' THEN to_office_id WHEN 'withdrawn' THEN office_id END FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  IF day IS NULL OR day < offer.offered_on THEN
    RETURN 'early';
  END IF;
  PERFORM set_config('app.level', 'system', true);
  UPDATE casework_handover SET state = outcome, decided_by_id = who, decided_at = clock_timestamp(),
         decided_on = day, decided_reason = why WHERE id = key;
  INSERT INTO casework_recordevent (line, record_type, record_id, kind, from_state, to_state, happened_on, decider,
                                    user_id, at, paper, note, details, office_id, county_id, city_id)
  SELECT offer.line, offer.record_type, offer.record_id, 'handover_' || outcome, '', '', day, '', who,
         clock_timestamp(), '', why,
         jsonb_build_object('handover', offer.public_id, 'from', f.short_name, 'to', t.short_name),
         offer.office_id, offer.county_id, offer.city_id
  FROM offices_office f, offices_office t WHERE f.id = offer.office_id AND t.id = offer.to_office_id;
  PERFORM set_config('app.level', level, true);
  RETURN outcome;
END $$;

-- One office takes over another one: what either had offered, or was offered, goes on under its successor.
CREATE FUNCTION readdress_handovers(giver int, receiver int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_system();
  UPDATE casework_handover SET state = 'withdrawn', decided_at = clock_timestamp(), decided_on = offered_on,
         decided_by_id = NULLIF(current_setting('app.user', true), '')::bigint
   WHERE state = 'offered' AND (office_id, to_office_id) IN ((giver, receiver), (receiver, giver));
  UPDATE casework_handover h SET office_id = o.id, county_id = o.county_id, city_id = o.city_id
    FROM offices_office o WHERE o.id = receiver AND h.state = 'offered' AND h.office_id = giver;
  UPDATE casework_handover h SET to_office_id = o.id, to_county_id = o.county_id, to_city_id = o.city_id
    FROM offices_office o WHERE o.id = receiver AND h.state = 'offered' AND h.to_office_id = giver;
END $$;
"""

MOVING = """
-- What every record has, whatever its line.
CREATE FUNCTION hand_over_parts(kind text, ids bigint[], target int, of_county int, of_city int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE part text;
BEGIN
  -- The receiver has imported the same case itself: its own row goes on knowing it.
  DELETE FROM casework_importedrecord i USING casework_importedrecord o
   WHERE i.record_type = kind AND i.record_id = ANY(ids) AND o.record_type = kind AND o.office_id = target
     AND o.key = i.key AND o.id <> i.id;
  FOREACH part IN ARRAY ARRAY['recordevent', 'attachment', 'issueddocument', 'recordlink', 'importedrecord'] LOOP
    EXECUTE format('UPDATE %I SET (office_id, county_id, city_id) = ($3, $4, $5) '
                   'WHERE record_type = $1 AND record_id = ANY($2)', 'casework_' || part)
      USING kind, ids, target, of_county, of_city;
  END LOOP;
END $$;

-- Nothing but the office columns, which the trigger keep_scope takes from the record whatever is written here.
CREATE FUNCTION refuse_change_but_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('app.level', true) = 'system'
     AND to_jsonb(NEW) - '{office_id,county_id,city_id}'::text[] = to_jsonb(OLD) - '{office_id,county_id,city_id}'::text[]
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Rows of % are never changed', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""

COUNTING = """
-- Gives a record's event of a kind another day, or takes it back (no day). It goes on counting for its own unit, and
-- stays on its side of each hand-over. Says none, same, done, or the day beyond which it may not go.
CREATE FUNCTION correct_event(of_type text, of_record bigint, of_kind text, day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  level text := COALESCE(current_setting('app.level', true), '');
  earlier casework_countedevent;
  is_here boolean;
  first date;
  last date;
  outcome text := 'done';
BEGIN
  EXECUTE format('SELECT scope_may_write(office_id, county_id, $2) FROM %I WHERE id = $1', replace(of_type, '.', '_'))
    INTO is_here USING of_record, split_part(of_type, '.', 1);
  IF is_here IS NOT TRUE THEN
    RAISE EXCEPTION 'The record is not in scope' USING ERRCODE = '42501';
  END IF;
  PERFORM set_config('app.level', 'system', true);
  SELECT * INTO earlier FROM casework_countedevent
   WHERE record_type = of_type AND record_id = of_record AND kind = of_kind AND turn = 0 AND NOT is_replaced FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'none';
  ELSIF earlier.counted_on = day THEN
    outcome := 'same';
  ELSE
    SELECT max(counted_on) FILTER (WHERE kind = 'handed_in' AND counted_on <= earlier.counted_on),
           min(counted_on) FILTER (WHERE kind = 'handed_out' AND counted_on >= earlier.counted_on)
      INTO first, last FROM casework_countedevent
     WHERE record_type = of_type AND record_id = of_record AND NOT is_replaced AND office_id = earlier.office_id;
    IF day < first OR day > last THEN
      outcome := CASE WHEN day < first THEN first ELSE last END;
    ELSE
      UPDATE casework_countedevent SET is_replaced = true WHERE id = earlier.id;
      IF day IS NOT NULL THEN
        INSERT INTO casework_countedevent (line, record_type, record_id, kind, counted_on, turn, replaces_id, is_replaced,
                                           office_id, county_id, city_id)
        VALUES (earlier.line, of_type, of_record, of_kind, day, 0, earlier.id, false,
                earlier.office_id, earlier.county_id, earlier.city_id);
      END IF;
    END IF;
  END IF;
  PERFORM set_config('app.level', level, true);
  RETURN outcome;
END $$;
"""
DROP = """
DROP FUNCTION correct_event(text, bigint, text, date); DROP FUNCTION refuse_change_but_scope();
DROP FUNCTION hand_over_parts(text, bigint[], int, int, int); DROP FUNCTION readdress_handovers(int, int);
DROP FUNCTION close_handover(bigint, text, date, text); DROP FUNCTION accept_handover(bigint, date);
DROP FUNCTION scope_may_write(int, int, text); DROP FUNCTION scope_has_line(text);
"""
RULE = (
    "casework.handover",
    5,
    "workday",
    False,
    "县（市、区）司法局工作要求：收到移交之日起五个工作日内接收或者退回（可按本地规定调整）",
)


def load(apps, schema_editor):
    """Insert the limit."""
    code, amount, unit, rolls, article = RULE
    apps.get_model("casework", "DeadlineRule").objects.using(schema_editor.connection.alias).create(
        code=code, amount=amount, unit=unit, rolls=rolls, article=article, valid_from=date(2022, 1, 1)
    )


def unload(apps, schema_editor):
    """Take it out again."""
    rules = apps.get_model("casework", "DeadlineRule").objects.using(schema_editor.connection.alias)
    rules.filter(code=RULE[0]).delete()


def unit(**more):
    """Return one of the six office columns."""
    return models.ForeignKey(
        editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office", **more
    )


def person(**more):
    """Return one of the people who offered or decided."""
    return models.ForeignKey(
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **more,
    )


class Migration(migrations.Migration):
    """Make the table and its functions."""

    dependencies = [
        ("casework", "0005_rules"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("line", models.CharField(editable=False, max_length=24)),
                ("record_type", models.CharField(max_length=60)),
                ("record_id", models.BigIntegerField()),
                ("record_version", models.PositiveIntegerField(editable=False)),
                ("kind", models.CharField(max_length=24)),
                ("office", unit(verbose_name="移交单位")),
                ("county", unit(verbose_name="")),
                ("city", unit(verbose_name="")),
                ("to_office", unit(verbose_name="接收单位")),
                ("to_county", unit(verbose_name="")),
                ("to_city", unit(verbose_name="")),
                ("offered_on", models.DateField(verbose_name="移交日期")),
                ("offered_by", person()),
                ("offered_at", models.DateTimeField(auto_now_add=True, verbose_name="提出时间")),
                ("reason", models.CharField(max_length=300, verbose_name="移交理由")),
                ("paper", models.CharField(blank=True, max_length=100, verbose_name="依据文书")),
                ("summary", offices.secrecy.EncryptedField(null=True)),
                ("record_state", models.CharField(max_length=24)),
                ("registered_on", models.DateField(verbose_name="登记日期")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "待接收"),
                            ("accepted", "已接收"),
                            ("returned", "已退回"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="offered",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("due_on", models.DateField(null=True, verbose_name="接收期限")),
                ("due_rule", models.CharField(blank=True, max_length=40)),
                ("decided_by", person(null=True)),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="处理时间")),
                ("decided_on", models.DateField(editable=False, null=True, verbose_name="处理日期")),
                (
                    "decided_reason",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="处理说明"),
                ),
            ],
            options={
                "verbose_name": "业务移交",
                "ordering": ["-offered_on", "-id"],
                "base_manager_name": "objects",
                "indexes": [
                    *(
                        models.Index(fields=[column, "-offered_on", "-id"], name=f"handover_by_{column}")
                        for column in ("office", "to_office", "county", "to_county")
                    ),
                    models.Index(
                        condition=models.Q(("state", "offered")),
                        fields=["to_office", "due_on"],
                        name="handover_waiting",
                    ),
                    models.Index(fields=["record_type", "record_id"], name="handover_by_record"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "offered")),
                        fields=("record_type", "record_id"),
                        name="handover_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["offered", "accepted", "returned", "withdrawn"])),
                        name="handover_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("office", models.F("to_office")), _negated=True),
                        name="handover_between_two_offices",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="countedevent", name="counted_once_per_kind"),
        migrations.AddField(
            model_name="countedevent", name="turn", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddConstraint(
            model_name="countedevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_replaced", False)),
                fields=("record_type", "record_id", "kind", "turn"),
                name="counted_once_per_kind",
            ),
        ),
        migrations.RunSQL(MOVING + DECIDING + COUNTING, DROP),
        *(follows_record(f"casework_{name}") for name in ("recordevent", "issueddocument", "recordlink")),
        scope_columns("casework_handover"),
        migrations.RunSQL(FILLING, "DROP TRIGGER fill_target ON casework_handover; DROP FUNCTION fill_handover();"),
        policy_between("casework_handover"),
        audited("casework_handover"),
        only("casework_handover", "SELECT", "INSERT"),
        migrations.RunPython(load, unload),
    ]
