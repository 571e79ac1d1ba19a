"""The function that puts an adopted parameter in force; casework.adopt_dated calls it."""

from django.db import migrations

# As the owner: under the application role it lacks the rights on the table.
IN_FORCE = """
CREATE FUNCTION put_in_force_parameter(draft casework_dateddraft) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reports_parameter WHERE code = draft.code AND valid_from >= draft.valid_from;
  UPDATE reports_parameter SET valid_until = draft.valid_from - 1
   WHERE code = draft.code AND (valid_until IS NULL OR valid_until >= draft.valid_from);
  INSERT INTO reports_parameter (code, value, unit, article, valid_from)
  VALUES (draft.code, (draft.content ->> 'value')::int, draft.content ->> 'unit', draft.content ->> 'article',
          draft.valid_from);
END $$;
"""


class Migration(migrations.Migration):
    """Add the function."""

    dependencies = [("reports", "0009_quality"), ("casework", "0009_dated_functions")]

    operations = [migrations.RunSQL(IN_FORCE, "DROP FUNCTION put_in_force_parameter(casework_dateddraft);")]
