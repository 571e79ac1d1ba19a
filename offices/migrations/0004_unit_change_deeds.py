"""The functions that adopt a change of units and let it take effect, and what an ended office takes in no more."""

from django.db import migrations

from offices.protection import audited, only

# A draft grows no further once it is decided: what was adopted is what was read.
LINES = """
CREATE FUNCTION keep_decided_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM offices_unitchange WHERE id = NEW.change_id AND decided_at IS NULL) THEN
    RAISE EXCEPTION 'The change is decided' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_decided BEFORE INSERT ON offices_unitchangeline
  FOR EACH ROW EXECUTE FUNCTION keep_decided_change();

-- A draft comes undecided, in the name of whoever writes it.
CREATE FUNCTION fill_unit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.drafted_by_id := NULLIF(current_setting('app.user', true), '')::bigint;
  NEW.decided_by_id := NULL; NEW.decided_at := NULL; NEW.adopted := NULL; NEW.note := '';
  NEW.applied_at := NULL; NEW.moved_at := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER fill_draft BEFORE INSERT ON offices_unitchange FOR EACH ROW EXECUTE FUNCTION fill_unit_change();
"""

DECIDING = """
-- Says adopted, or why not: gone (decided already), own (by its drafter), busy (another change of the same units is on its
-- way), ended (a unit of it exists no longer).
CREATE FUNCTION adopt_unit_change(change_key bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  change offices_unitchange;
  who bigint := NULLIF(current_setting('app.user', true), '')::bigint;
BEGIN
  IF COALESCE(current_setting('app.level', true), '') <> 'province' OR who IS NULL THEN
    RETURN 'gone';
  END IF;
  -- Two that touch one unit are decided one after the other: the later one sees the earlier one.
  PERFORM pg_advisory_xact_lock(7305021);
  SELECT * INTO change FROM offices_unitchange WHERE id = change_key AND decided_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  IF who = change.drafted_by_id THEN
    RETURN 'own';
  END IF;
  IF EXISTS (
    SELECT FROM offices_unitchange o JOIN offices_unitchangeline l ON l.change_id = o.id
     WHERE o.adopted AND o.moved_at IS NULL AND o.id <> change.id
       AND (l.unit_id = change.into_id OR o.into_id = change.into_id
            OR l.unit_id IN (SELECT unit_id FROM offices_unitchangeline WHERE change_id = change.id)
            OR o.into_id IN (SELECT unit_id FROM offices_unitchangeline WHERE change_id = change.id))
  ) THEN
    RETURN 'busy';
  END IF;
  IF EXISTS (
    SELECT FROM offices_office WHERE valid_to IS NOT NULL
       AND (id IN (change.into_id, change.parent_id)
            OR id IN (SELECT unit_id FROM offices_unitchangeline WHERE change_id = change.id))
  ) THEN
    RETURN 'ended';
  END IF;
  UPDATE offices_unitchange SET decided_by_id = who, decided_at = clock_timestamp(), adopted = true WHERE id = change_key;
  RETURN 'adopted';
END $$;

CREATE FUNCTION refuse_unit_change(change_key bigint, why text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH refused AS (
    UPDATE offices_unitchange SET decided_by_id = NULLIF(current_setting('app.user', true), '')::bigint,
           decided_at = clock_timestamp(), adopted = false, note = why
     WHERE id = change_key AND decided_at IS NULL RETURNING id
  )
  SELECT EXISTS (SELECT FROM refused)
$$;
"""

TAKING_EFFECT = """
CREATE FUNCTION rename_unit(key int, day date, new_code text, new_name text, new_short text, new_area text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO offices_unitname (unit_id, code, name, short_name, area_name, valid_from, valid_to)
  SELECT u.id, u.code, u.name, u.short_name, u.area_name, since.first_day, day
    FROM offices_office u
    CROSS JOIN LATERAL (
      SELECT COALESCE(max(n.valid_to), u.valid_from) AS first_day FROM offices_unitname n WHERE n.unit_id = u.id
    ) since
   WHERE u.id = key AND since.first_day < day;
  UPDATE offices_office SET code = new_code, name = new_name, short_name = new_short, area_name = new_area WHERE id = key;
END $$;

-- Changes the tree, once; false when it is changed already. The records follow by a job (casework).
CREATE FUNCTION apply_unit_change(change_key bigint, today date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  change offices_unitchange;
  old offices_office;
  below offices_office;
  successor int;
BEGIN
  IF COALESCE(current_setting('app.level', true), '') <> 'system' THEN
    RAISE EXCEPTION 'Only the system changes the tree' USING ERRCODE = '42501';
  END IF;
  SELECT * INTO change FROM offices_unitchange
   WHERE id = change_key AND adopted AND applied_at IS NULL AND effective_on <= today FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  SELECT u.* INTO STRICT old FROM offices_office u JOIN offices_unitchangeline l ON l.unit_id = u.id
   WHERE l.change_id = change_key ORDER BY l.id LIMIT 1;
  IF change.kind = 'rename' THEN
    PERFORM rename_unit(old.id, change.effective_on, change.code, change.name, change.short_name, change.area_name);
    -- Offices bear the name of their county before their own.
    FOR below IN SELECT * FROM offices_office
      WHERE parent_id = old.id AND valid_to IS NULL AND left(name, length(old.name)) = old.name ORDER BY id
    LOOP
      PERFORM rename_unit(below.id, change.effective_on, below.code,
                          left(change.name || substr(below.name, length(old.name) + 1), 80), below.short_name,
                          below.area_name);
    END LOOP;
    successor := old.id;
  ELSE
    -- Before its successor begins, which may bear its code.
    UPDATE offices_office SET valid_to = change.effective_on
     WHERE change.kind IN ('merge', 'move') AND id IN (SELECT unit_id FROM offices_unitchangeline WHERE change_id = change_key);
    successor := change.into_id;
    IF successor IS NULL THEN
      INSERT INTO offices_office (level, code, name, short_name, area_name, parent_id, city_id, county_id,
                                  is_functional_zone, valid_from, predecessor_id)
      SELECT old.level, change.code, change.name, change.short_name, change.area_name, p.id, p.city_id, p.county_id,
             old.is_functional_zone, change.effective_on, old.id
        FROM offices_office p WHERE p.id = change.parent_id
      RETURNING id INTO STRICT successor;
    END IF;
    UPDATE offices_unitchangeline l SET villages = ARRAY(
             SELECT v.id FROM offices_village v WHERE v.office_id = l.unit_id AND v.valid_to IS NULL
                AND (change.kind <> 'split' OR v.id = ANY(l.villages)) ORDER BY v.id)
     WHERE l.change_id = change_key;
    UPDATE offices_village SET office_id = successor
     WHERE id IN (SELECT unnest(villages) FROM offices_unitchangeline WHERE change_id = change_key);
  END IF;
  UPDATE offices_unitchangeline SET target_id = successor WHERE change_id = change_key;
  UPDATE offices_unitchange SET applied_at = clock_timestamp() WHERE id = change_key;
  RETURN true;
END $$;

CREATE FUNCTION finish_unit_change(change_key bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF COALESCE(current_setting('app.level', true), '') <> 'system' THEN
    RAISE EXCEPTION 'Only the system ends a change' USING ERRCODE = '42501';
  END IF;
  UPDATE offices_unitchange SET moved_at = clock_timestamp()
   WHERE id = change_key AND applied_at IS NOT NULL AND moved_at IS NULL;
  RETURN FOUND;
END $$;
"""

# What an office's own people write begins in an office that exists; corrections of the past and the job that moves
# its records run as the system.
SCOPE = """
CREATE OR REPLACE FUNCTION fill_scope() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ended date;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.office_id <> OLD.office_id
     AND COALESCE(current_setting('app.level', true), '') <> 'system' THEN
    RAISE EXCEPTION 'The responsible office changes only by a hand-over' USING ERRCODE = '42501';
  END IF;
  SELECT county_id, city_id{ended} INTO NEW.county_id, NEW.city_id{into} FROM offices_office
   WHERE id = NEW.office_id AND level = 'office';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A record belongs to a township office' USING ERRCODE = '23514';
  END IF;
  {refusal}
  RETURN NEW;
END $$;
"""
REFUSAL = """
  IF TG_OP = 'INSERT' AND ended <= current_date AND current_setting('app.level', true) = 'office' THEN
    RAISE EXCEPTION 'The office exists no longer' USING ERRCODE = '42501';
  END IF;
"""

DROP = """
DROP FUNCTION finish_unit_change(bigint); DROP FUNCTION apply_unit_change(bigint, date);
DROP FUNCTION rename_unit(int, date, text, text, text, text);
DROP FUNCTION refuse_unit_change(bigint, text); DROP FUNCTION adopt_unit_change(bigint);
DROP TRIGGER fill_draft ON offices_unitchange; DROP FUNCTION fill_unit_change();
DROP TRIGGER keep_decided ON offices_unitchangeline; DROP FUNCTION keep_decided_change();
"""


class Migration(migrations.Migration):
    """Make the functions and leave the application role what it needs."""

    dependencies = [("offices", "0003_unit_changes")]

    operations = [
        migrations.RunSQL(LINES + DECIDING + TAKING_EFFECT, DROP),
        migrations.RunSQL(
            SCOPE.format(ended=", valid_to", into=", ended", refusal=REFUSAL.strip()),
            SCOPE.format(ended="", into="", refusal=""),
        ),
        only("offices_unitname", "SELECT"),
        only("offices_unitchange", "SELECT", "INSERT"),
        only("offices_unitchangeline", "SELECT", "INSERT"),
        audited("offices_unitchange"),
        audited("offices_unitchangeline"),
    ]
