"""What changes the search must learn of, and whether a person has an open case elsewhere in the county."""

from django.db import migrations

from casework.protection import searched

RECORDS = (
    *("dispute", "mediationcommittee", "mediator", "mediationstudio", "onestopcenter", "screeninground"),
    *("screeningfinding", "judicialconfirmation", "riskalert"),
)
# What is found by which a dispute is found too.
OF_DISPUTES = ("party", "agent", "disputemediator")

# Answers yes or no and nothing else. Whether its owner is under the policies depends on the server: it tests the scope
# of its caller in so many words, the line too, and raises the level for its one query.
ELSEWHERE = """
CREATE FUNCTION open_elsewhere(wanted bytea[], open_states text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  level text := COALESCE(current_setting('app.level', true), '');
  own int := NULLIF(current_setting('app.unit', true), '')::int;
  found boolean;
BEGIN
  IF level <> 'office'
     OR NOT COALESCE(string_to_array(current_setting('app.lines', true), ',') && ARRAY['mediation', '*'], false) THEN
    RETURN false;
  END IF;
  PERFORM set_config('app.level', 'system', true);
  SELECT EXISTS (
    SELECT FROM mediation_party p JOIN mediation_dispute d ON d.id = p.dispute_id
    WHERE p.id_index = ANY(wanted) AND d.state = ANY(open_states) AND p.office_id <> own
      AND p.county_id = (SELECT county_id FROM offices_office WHERE id = own)
  ) INTO found;
  PERFORM set_config('app.level', level, true);
  RETURN found;
END $$;
"""

# A mediator's new name is a new name in every dispute that the mediator was asked to mediate.
RENAMED = """
CREATE FUNCTION mark_disputes_of_mediator() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO casework_searchmark (record_type, record_id)
  SELECT 'mediation.dispute', d.dispute_id
  FROM new_rows n JOIN old_rows o ON o.id = n.id JOIN mediation_disputemediator d ON d.mediator_id = n.id
  WHERE o.title <> n.title;
  RETURN NULL;
END $$;
CREATE TRIGGER search_renamed AFTER UPDATE ON mediation_mediator
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION mark_disputes_of_mediator();
"""
NOT_RENAMED = "DROP TRIGGER search_renamed ON mediation_mediator; DROP FUNCTION mark_disputes_of_mediator();"


class Migration(migrations.Migration):
    """Attach the marks."""

    dependencies = [("mediation", "0003_codes"), ("casework", "0003_search")]

    operations = [
        *(searched(f"mediation_{name}", f"mediation.{name}") for name in RECORDS),
        *(searched(f"mediation_{name}", "mediation.dispute", "dispute_id") for name in OF_DISPUTES),
        migrations.RunSQL(RENAMED, NOT_RENAMED),
        migrations.RunSQL(ELSEWHERE, "DROP FUNCTION open_elsewhere(bytea[], text[]);"),
    ]
