"""Parts of records under policies, counters and marks behind functions."""

from django.db import migrations

from casework.protection import record_part
from offices.protection import append_only, audited, only, own_rows, policy, scope_columns

FUNCTIONS = """
CREATE FUNCTION fill_scope_from_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.line := split_part(NEW.record_type, '.', 1);
  EXECUTE format('SELECT office_id, county_id, city_id FROM %I WHERE id = $1', replace(NEW.record_type, '.', '_'))
    INTO NEW.office_id, NEW.county_id, NEW.city_id USING NEW.record_id;
  IF NEW.office_id IS NULL THEN
    RAISE EXCEPTION 'The record is not in scope' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION check_scope_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kind text; lost boolean;
BEGIN
  FOR kind IN SELECT DISTINCT record_type FROM new_rows LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows n WHERE n.record_type = %L AND NOT EXISTS (SELECT FROM %I r '
                   'WHERE r.id = n.record_id AND r.office_id = n.office_id AND r.county_id = n.county_id '
                   'AND r.city_id = n.city_id AND n.line = %L))',
                   kind, replace(kind, '.', '_'), split_part(kind, '.', 1)) INTO lost;
    IF lost THEN
      RAISE EXCEPTION 'The record is not in scope' USING ERRCODE = '42501';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION take_numbers(wanted_body text, wanted_year int, wanted_kind text, amount int) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO casework_numbercounter AS c (body, year, kind, value)
  VALUES (wanted_body, wanted_year, wanted_kind, amount)
  ON CONFLICT (body, year, kind) DO UPDATE SET value = c.value + amount
  RETURNING value - amount + 1
$$;

CREATE FUNCTION mark_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO casework_dirtymark (line, office_id, month)
  SELECT DISTINCT line, office_id, date_trunc('month', counted_on)::date FROM changed_rows;
  RETURN NULL;
END $$;

-- With the level raised: the events of a record that was handed over count for another unit too, out of the scope of
-- whoever changes it now.
CREATE FUNCTION mark_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE level text := COALESCE(current_setting('app.level', true), '');
BEGIN
  PERFORM set_config('app.level', 'system', true);
  INSERT INTO casework_dirtymark (line, office_id, month)
  SELECT DISTINCT e.line, e.office_id, date_trunc('month', e.counted_on)::date
  FROM changed_rows r
  JOIN casework_countedevent e ON e.record_type = TG_ARGV[0] AND e.record_id = r.id AND NOT e.is_replaced;
  PERFORM set_config('app.level', level, true);
  RETURN NULL;
END $$;

CREATE FUNCTION take_marks(most int) RETURNS TABLE (line varchar, office_id int, month date)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS (
    DELETE FROM casework_dirtymark WHERE id IN (SELECT id FROM casework_dirtymark ORDER BY id LIMIT most)
    RETURNING line, office_id, month
  )
  SELECT DISTINCT line, office_id, month FROM taken
$$;

CREATE FUNCTION pending_marks() RETURNS TABLE (line varchar, office_id int, month date)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
  SELECT DISTINCT line, office_id, month FROM casework_dirtymark
$$;
"""

DROP = """
DROP FUNCTION pending_marks(); DROP FUNCTION take_marks(int); DROP FUNCTION mark_records(); DROP FUNCTION mark_events();
DROP FUNCTION take_numbers(text, int, text, int); DROP FUNCTION check_scope_of_record();
DROP FUNCTION fill_scope_from_record();
"""

MARKS = """
CREATE TRIGGER mark_insert AFTER INSERT ON casework_countedevent REFERENCING NEW TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION mark_events();
CREATE TRIGGER mark_update AFTER UPDATE ON casework_countedevent REFERENCING OLD TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION mark_events();
CREATE TRIGGER mark_delete AFTER DELETE ON casework_countedevent REFERENCING OLD TABLE AS changed_rows
  FOR EACH STATEMENT EXECUTE FUNCTION mark_events();
"""
NO_MARKS = """
DROP TRIGGER mark_insert ON casework_countedevent; DROP TRIGGER mark_update ON casework_countedevent;
DROP TRIGGER mark_delete ON casework_countedevent;
"""


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("casework", "0001_tables"), ("offices", "0002_protection")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        *record_part("casework_recordevent"),
        append_only("casework_recordevent"),
        *record_part("casework_attachment"),
        *record_part("casework_issueddocument"),
        append_only("casework_issueddocument"),
        *record_part("casework_recordlink"),
        append_only("casework_recordlink"),
        scope_columns("casework_countedevent"),
        policy("casework_countedevent", None),
        audited("casework_countedevent"),
        append_only("casework_countedevent", may_set="is_replaced"),
        migrations.RunSQL(MARKS, NO_MARKS),
        own_rows("casework_job"),
        own_rows("casework_draft"),
        own_rows("casework_submittoken"),
        only("casework_dirtymark"),
        only("casework_numbercounter"),
        only("casework_codevalue", "SELECT"),
        only("casework_deadlinerule", "SELECT"),
        only("casework_calendarday", "SELECT"),
        only("casework_calendaryear", "SELECT"),
        audited("casework_codevalue"),
        audited("casework_deadlinerule"),
        audited("casework_calendarday"),
    ]
