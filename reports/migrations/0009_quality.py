"""What reporting quality compares, the index of what waits above, and how early a report that is due is recalled."""

from datetime import date

from django.db import migrations, models

# Both are called for every sheet of a month: the one is unfolded into the query, the other keeps its plan.
CELLS = """
CREATE FUNCTION filled_cells(figures jsonb) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT jsonb_array_length(jsonb_path_query_array(figures, '$.* ? (@ != null)'))
$$;
CREATE FUNCTION corrected_cells(first jsonb, last jsonb) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF first = last THEN
    RETURN 0;
  END IF;
  RETURN (
    SELECT count(*) FROM jsonb_each(last) AS c (code, value)
     WHERE jsonb_typeof(c.value) <> 'null' AND c.value IS DISTINCT FROM first -> c.code
  );
END $$;
"""
NO_CELLS = "DROP FUNCTION corrected_cells(jsonb, jsonb); DROP FUNCTION filled_cells(jsonb);"

REMIND = "report.remind_days"


def load(apps, schema_editor):
    """Insert the parameter."""
    parameter = apps.get_model("reports", "Parameter").objects.using(schema_editor.connection.alias)
    article = "统计月报报送提醒（工作要求，可按本地规定调整）"
    parameter.create(code=REMIND, value=2, unit="个工作日", article=article, valid_from=date(2011, 1, 1))


def unload(apps, schema_editor):
    """Take it out again."""
    parameters = apps.get_model("reports", "Parameter").objects.using(schema_editor.connection.alias)
    parameters.filter(code=REMIND).delete()


class Migration(migrations.Migration):
    """Add functions, index and parameter."""

    dependencies = [("reports", "0008_correction_protection")]

    operations = [
        migrations.RunSQL(CELLS, NO_CELLS),
        migrations.AddIndex(
            model_name="unitsheet",
            index=models.Index(
                condition=models.Q(("state__in", ["filling", "checked", "returned", "submitted"])),
                fields=["parent", "month"],
                name="unit_sheet_not_settled",
            ),
        ),
        migrations.RunPython(load, unload),
    ]
