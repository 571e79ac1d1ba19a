"""The functions that put an adopted draft in force, and the statistical month of a day."""

from django.db import migrations

from offices.protection import audited, only

DECIDING = """
CREATE FUNCTION adopt_dated(draft_key bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  draft casework_dateddraft;
  who bigint := NULLIF(current_setting('app.user', true), '')::bigint;
BEGIN
  SELECT * INTO draft FROM casework_dateddraft WHERE id = draft_key AND decided_at IS NULL FOR UPDATE;
  IF NOT FOUND OR who IS NULL OR who = draft.drafted_by_id OR draft.valid_from <= current_date THEN
    RETURN false;
  END IF;
  EXECUTE format('SELECT %I($1)', 'put_in_force_' || draft.kind) USING draft;
  UPDATE casework_dateddraft SET decided_by_id = who, decided_at = now(), adopted = true WHERE id = draft_key;
  RETURN true;
END $$;

CREATE FUNCTION refuse_dated(draft_key bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH refused AS (
    UPDATE casework_dateddraft SET decided_by_id = NULLIF(current_setting('app.user', true), '')::bigint,
           decided_at = now(), adopted = false
     WHERE id = draft_key AND decided_at IS NULL RETURNING id
  )
  SELECT EXISTS (SELECT FROM refused)
$$;
"""
NOT_DECIDING = "DROP FUNCTION refuse_dated(bigint); DROP FUNCTION adopt_dated(bigint);"

# Each is called by adopt_dated alone, as the owner: under the application role it lacks the rights on the tables.
# What is to begin later and has not begun gives way; what was ever in force only ends.
IN_FORCE = """
CREATE FUNCTION put_in_force_deadline(draft casework_dateddraft) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM casework_deadlinerule WHERE code = draft.code AND valid_from >= draft.valid_from;
  UPDATE casework_deadlinerule SET valid_until = draft.valid_from - 1
   WHERE code = draft.code AND (valid_until IS NULL OR valid_until >= draft.valid_from);
  INSERT INTO casework_deadlinerule (code, amount, unit, rolls, article, valid_from)
  VALUES (draft.code, (draft.content ->> 'amount')::int, draft.content ->> 'unit', (draft.content ->> 'rolls')::boolean,
          draft.content ->> 'article', draft.valid_from);
END $$;

CREATE FUNCTION put_in_force_codes(draft casework_dateddraft) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM casework_codevalue
   WHERE "table" = draft.code AND code = draft.part AND valid_from >= draft.valid_from;
  UPDATE casework_codevalue SET valid_until = draft.valid_from - 1
   WHERE "table" = draft.code AND code = draft.part AND (valid_until IS NULL OR valid_until >= draft.valid_from);
  IF draft.content ->> 'deed' <> 'end' THEN
    INSERT INTO casework_codevalue ("table", code, name, name_en, sort, maps_to, valid_from)
    VALUES (draft.code, draft.part, draft.content ->> 'name', draft.content ->> 'name_en',
            (draft.content ->> 'sort')::int, draft.content ->> 'maps_to', draft.valid_from);
  END IF;
END $$;

-- The days of the year before the draft's own day stay as they were.
CREATE FUNCTION put_in_force_calendar(draft casework_dateddraft) RETURNS void LANGUAGE plpgsql AS $$
DECLARE of_year int := draft.code::int;
BEGIN
  DELETE FROM casework_calendarday WHERE date >= draft.valid_from AND extract(year FROM date) = of_year;
  INSERT INTO casework_calendarday (date, is_workday, note, source)
  SELECT d.date, d.is_workday, d.note, 'override'
  FROM jsonb_to_recordset(draft.content -> 'days') AS d (date date, is_workday boolean, note text)
  WHERE d.date >= draft.valid_from AND extract(year FROM d.date) = of_year;
  INSERT INTO casework_calendaryear AS y (year, source, adopted_from)
  VALUES (of_year, draft.content ->> 'source', draft.valid_from)
  ON CONFLICT (year) DO UPDATE
    SET source = excluded.source, adopted_from = LEAST(y.adopted_from, excluded.adopted_from);
END $$;

CREATE FUNCTION put_in_force_month(draft casework_dateddraft) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM casework_monthrule WHERE valid_from >= draft.valid_from;
  UPDATE casework_monthrule SET valid_until = draft.valid_from - 1
   WHERE valid_until IS NULL OR valid_until >= draft.valid_from;
  INSERT INTO casework_monthrule (last_day, article, valid_from)
  VALUES ((draft.content ->> 'last_day')::int, draft.content ->> 'article', draft.valid_from);
END $$;
"""
NOT_IN_FORCE = "".join(
    f"DROP FUNCTION put_in_force_{kind}(casework_dateddraft);" for kind in ("month", "calendar", "codes", "deadline")
)

# The one place that says which month a day counts in: what lies after the month's last day is the next one's. A rule
# begins with a January, so that nothing but the day's own year decides. Where many rows are counted the two lists are
# given as (SELECT month_starts()) and (SELECT month_ends()): read once, and the rest is an expression.
MONTHS = """
CREATE FUNCTION month_starts() RETURNS date[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(valid_from ORDER BY valid_from), '{}') FROM casework_monthrule
$$;
CREATE FUNCTION month_ends() RETURNS int[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(last_day::int ORDER BY valid_from), '{}') FROM casework_monthrule
$$;
CREATE FUNCTION statistical_month(day date, starts date[], ends int[]) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (date_trunc('month', day::timestamp) + CASE
    WHEN date_part('day', day::timestamp) > ends[width_bucket(day, starts)] THEN interval '1 month'
    ELSE interval '0' END)::date
$$;
"""
NO_MONTHS = """
DROP FUNCTION statistical_month(date, date[], int[]); DROP FUNCTION month_ends(); DROP FUNCTION month_starts();
"""

MARKING = """
CREATE OR REPLACE FUNCTION mark_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO casework_dirtymark (line, office_id, month)
  SELECT DISTINCT line, office_id, {month} FROM changed_rows;
  RETURN NULL;
END $$;

-- With the level raised: the events of a record that was handed over count for another unit too, out of the scope of
-- whoever changes it now.
CREATE OR REPLACE FUNCTION mark_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE level text := COALESCE(current_setting('app.level', true), '');
BEGIN
  PERFORM set_config('app.level', 'system', true);
  INSERT INTO casework_dirtymark (line, office_id, month)
  SELECT DISTINCT e.line, e.office_id, {month}
  FROM changed_rows r
  JOIN casework_countedevent e ON e.record_type = TG_ARGV[0] AND e.record_id = r.id AND NOT e.is_replaced;
  PERFORM set_config('app.level', level, true);
  RETURN NULL;
END $$;
"""
BY_RULE = MARKING.format(month="statistical_month(counted_on, (SELECT month_starts()), (SELECT month_ends()))")
BY_CALENDAR = MARKING.format(month="date_trunc('month', counted_on)::date")


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("casework", "0008_dated")]

    operations = [
        migrations.RunSQL(DECIDING, NOT_DECIDING),
        migrations.RunSQL(IN_FORCE, NOT_IN_FORCE),
        migrations.RunSQL(MONTHS, NO_MONTHS),
        migrations.RunSQL(BY_RULE, BY_CALENDAR),
        only("casework_dateddraft", "SELECT", "INSERT"),
        audited("casework_dateddraft"),
        only("casework_monthrule", "SELECT"),
        audited("casework_monthrule"),
        audited("casework_calendaryear"),
    ]
