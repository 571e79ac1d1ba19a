"""The search table and its marks behind functions; what a person searched for and how a person likes a list."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import casework.models.record
import casework.models.search
import offices.secrecy
from offices.protection import only, own_rows

MARKING = """
CREATE FUNCTION mark_search() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_ARGV[1] = 'id' THEN
    INSERT INTO casework_searchmark (record_type, record_id) SELECT TG_ARGV[0], id FROM changed_rows;
  ELSE
    EXECUTE format('INSERT INTO casework_searchmark (record_type, record_id) SELECT DISTINCT %L, %I FROM changed_rows',
                   TG_ARGV[0], TG_ARGV[1]);
  END IF;
  RETURN NULL;
END $$;
"""

# Called by the drain: whoever serves pages may not write what others find.
WRITING = """
CREATE FUNCTION must_be_system() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF COALESCE(current_setting('app.level', true), '') <> 'system' THEN
    RAISE EXCEPTION 'Only the portal itself keeps the search' USING ERRCODE = '42501';
  END IF;
END $$;

CREATE FUNCTION take_search_marks(most int) RETURNS TABLE (record_type varchar, record_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM must_be_system();
  RETURN QUERY WITH taken AS (
    DELETE FROM casework_searchmark WHERE id IN (SELECT id FROM casework_searchmark ORDER BY id LIMIT most)
    RETURNING record_type, record_id
  ) SELECT DISTINCT record_type, record_id FROM taken;
END $$;

CREATE FUNCTION search_marks_wait() RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
  SELECT EXISTS (SELECT FROM casework_searchmark)
$$;

CREATE FUNCTION put_search_rows(kind text, of_line text, ids bigint[], offices int[], counties int[], cities int[],
                                days date[], of_names text[], of_words text[], of_numbers text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE written int;
BEGIN
  PERFORM must_be_system();
  INSERT INTO casework_searchrow AS s (record_type, line, record_id, office_id, county_id, city_id, registered_on,
                                       names, words, numbers)
  SELECT kind, of_line, n.id, n.office, n.county, n.city, n.day, n.a::tsvector, n.b::tsvector, n.c::tsvector
  FROM unnest(ids, offices, counties, cities, days, of_names, of_words, of_numbers)
       AS n (id, office, county, city, day, a, b, c)
  ON CONFLICT (record_type, record_id) DO UPDATE
  SET office_id = excluded.office_id, county_id = excluded.county_id, city_id = excluded.city_id,
      registered_on = excluded.registered_on, names = excluded.names, words = excluded.words,
      numbers = excluded.numbers
  -- Most steps change no text: what is as it was is not written again into the index.
  WHERE (s.office_id, s.county_id, s.city_id, s.registered_on, s.names, s.words, s.numbers) IS DISTINCT FROM
        (excluded.office_id, excluded.county_id, excluded.city_id, excluded.registered_on, excluded.names,
         excluded.words, excluded.numbers);
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END $$;

CREATE FUNCTION drop_search_rows(kind text, ids bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_system();
  DELETE FROM casework_searchrow WHERE record_type = kind AND record_id = ANY(ids);
END $$;

CREATE FUNCTION drop_lost_search_rows(kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM must_be_system();
  EXECUTE format('DELETE FROM casework_searchrow s WHERE record_type = %L AND NOT EXISTS '
                 '(SELECT FROM %I r WHERE r.id = s.record_id)', kind, replace(kind, '.', '_'));
END $$;
"""

# The scope is read from the settings of the transaction, never given by the caller.
FINDING = """
CREATE FUNCTION search_scope() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE current_setting('app.level', true)
    WHEN 'office' THEN format('office_id = %s', NULLIF(current_setting('app.unit', true), '')::int)
    WHEN 'county' THEN format('county_id = %s', NULLIF(current_setting('app.unit', true), '')::int)
    WHEN 'city' THEN format('city_id = %s', NULLIF(current_setting('app.unit', true), '')::int)
    WHEN 'province' THEN 'true'
    ELSE 'false'
  END
$$;

CREATE FUNCTION search_condition(kinds text[], of_names text[], of_words text[], of_numbers text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  -- City and province see neither names nor texts: finding by them would tell what they may not read.
  reads_names boolean := COALESCE(current_setting('app.level', true), '') IN ('office', 'county');
  terms text := '';
BEGIN
  FOR i IN 1 .. COALESCE(array_length(of_numbers, 1), 0) LOOP
    terms := terms || format(' AND (%s)', COALESCE(NULLIF(concat_ws(' OR ',
      CASE WHEN reads_names AND of_names[i] <> '' THEN format('names @@ %L::tsquery', of_names[i]) END,
      CASE WHEN reads_names AND of_words[i] <> '' THEN format('words @@ %L::tsquery', of_words[i]) END,
      CASE WHEN of_numbers[i] <> '' THEN format('numbers @@ %L::tsquery', of_numbers[i]) END), ''), 'false'));
  END LOOP;
  IF terms = '' THEN
    RETURN 'false';
  END IF;
  RETURN format('%s AND line = ANY(%L::text[]) AND record_type = ANY(%L::text[])%s', search_scope(),
                COALESCE(string_to_array(current_setting('app.lines', true), ','), '{}'), kinds, terms);
END $$;

CREATE FUNCTION search_count(kinds text[], of_names text[], of_words text[], of_numbers text[], most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
DECLARE found int;
BEGIN
  EXECUTE format('SELECT count(*) FROM (SELECT FROM casework_searchrow WHERE %s LIMIT %s) f',
                 search_condition(kinds, of_names, of_words, of_numbers), most) INTO found;
  RETURN found;
END $$;

CREATE FUNCTION search_page(kinds text[], of_names text[], of_words text[], of_numbers text[],
                            place text, is_common boolean, most int)
RETURNS TABLE (record_type varchar, record_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
DECLARE
  newest text := 'ORDER BY registered_on DESC, record_id DESC, record_type DESC';
  wanted text := search_condition(kinds, of_names, of_words, of_numbers);
  day date; key bigint; kind text; is_newer boolean;
BEGIN
  IF place <> '' THEN
    SELECT (p ->> 0)::date, (p ->> 1)::bigint, p ->> 2, (p ->> 3)::boolean INTO day, key, kind, is_newer
    FROM (SELECT place::jsonb AS p) given;
    wanted := wanted || format(' AND (registered_on, record_id, record_type) %s (%L::date, %L::bigint, %L)',
                               CASE WHEN is_newer THEN '>' ELSE '<' END, day, key, kind);
    newest := CASE WHEN is_newer THEN replace(newest, 'DESC', 'ASC') ELSE newest END;
  END IF;
  -- Many hits: along the dates, the page is full after a few rows. Few: gathered first, else the planner walks the
  -- dates to their end in search of them.
  RETURN QUERY EXECUTE format(
    CASE WHEN is_common THEN 'SELECT record_type, record_id FROM casework_searchrow WHERE %s %s LIMIT %s'
    ELSE 'WITH f AS MATERIALIZED (SELECT record_type, record_id, registered_on FROM casework_searchrow WHERE %s) '
         'SELECT record_type, record_id FROM f %s LIMIT %s' END, wanted, newest, most);
END $$;

CREATE FUNCTION search_ids(kind text, of_names text[], of_words text[], of_numbers text[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT record_id FROM casework_searchrow WHERE %s',
                              search_condition(ARRAY[kind], of_names, of_words, of_numbers));
END $$;
"""
FUNCTIONS = MARKING + WRITING + FINDING

DROP = """
DROP FUNCTION search_ids(text, text[], text[], text[]);
DROP FUNCTION search_page(text[], text[], text[], text[], text, boolean, int);
DROP FUNCTION search_count(text[], text[], text[], text[], int);
DROP FUNCTION search_condition(text[], text[], text[], text[]); DROP FUNCTION search_scope();
DROP FUNCTION drop_lost_search_rows(text); DROP FUNCTION drop_search_rows(text, bigint[]);
DROP FUNCTION put_search_rows(text, text, bigint[], int[], int[], int[], date[], text[], text[], text[]);
DROP FUNCTION search_marks_wait(); DROP FUNCTION take_search_marks(int); DROP FUNCTION must_be_system();
DROP FUNCTION mark_search();
"""

# Read by everybody of the unit; changed, and removed, by the owner alone (the policy "own").
SHARED = """
CREATE POLICY shared ON casework_savedview FOR SELECT
  USING (is_shared AND unit_id = (SELECT NULLIF(current_setting('app.unit', true), '')::int));
"""


def key() -> models.BigAutoField:
    """Return a primary key."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def person() -> models.ForeignKey:
    """Return the owner of a row."""
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    """Make them."""

    dependencies = [("casework", "0002_protection"), ("offices", "0002_protection")]

    operations = [
        migrations.CreateModel(
            name="SearchMark",
            fields=[
                ("id", key()),
                ("record_type", models.CharField(max_length=60)),
                ("record_id", models.BigIntegerField()),
            ],
            options={"verbose_name": "待检索标记", "ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                ("id", key()),
                ("record_type", models.CharField(max_length=60)),
                ("record_id", models.BigIntegerField()),
                ("line", models.CharField(max_length=24)),
                ("office_id", models.IntegerField()),
                ("county_id", models.IntegerField()),
                ("city_id", models.IntegerField()),
                ("registered_on", models.DateField()),
                ("names", casework.models.search.TokensField()),
                ("words", casework.models.search.TokensField()),
                ("numbers", casework.models.search.TokensField()),
            ],
            options={
                "verbose_name": "检索索引",
                "ordering": ["-registered_on", "-record_id"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["names", "words", "numbers"], name="search_by_token"
                    ),
                    models.Index(fields=["office_id", "-registered_on", "-record_id"], name="search_by_office"),
                    models.Index(fields=["county_id", "-registered_on", "-record_id"], name="search_by_county"),
                    models.Index(fields=["-registered_on", "-record_id"], name="search_by_date"),
                ],
                "constraints": [models.UniqueConstraint(fields=("record_type", "record_id"), name="search_row_once")],
            },
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("id", key()),
                (
                    "token",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("text", offices.secrecy.EncryptedField(max_length=100, null=True, verbose_name="检索内容")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("user", person()),
            ],
            options={"verbose_name": "检索内容", "ordering": ["-at"]},
        ),
        migrations.CreateModel(
            name="ListSetting",
            fields=[
                ("id", key()),
                ("record_type", models.CharField(max_length=60)),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="列")),
                ("default_view", models.CharField(blank=True, max_length=10, verbose_name="默认视图")),
                ("user", person()),
            ],
            options={
                "verbose_name": "清单设置",
                "ordering": ["user", "record_type"],
                "constraints": [models.UniqueConstraint(fields=("user", "record_type"), name="list_setting_once")],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", key()),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("record_type", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=20, verbose_name="视图名称")),
                ("query", models.CharField(blank=True, max_length=500, verbose_name="条件")),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="列")),
                ("is_shared", models.BooleanField(default=False, verbose_name="本单位共用")),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="offices.office"
                    ),
                ),
                ("user", person()),
            ],
            options={
                "verbose_name": "保存的视图",
                "ordering": ["name", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_shared", True)),
                        fields=["unit", "record_type"],
                        name="saved_view_shared",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "unit", "record_type", "name"),
                        name="saved_view_name_once",
                        violation_error_message="已有同名视图。",
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP),
        only("casework_searchrow"),
        only("casework_searchmark"),
        *(own_rows(f"casework_{name}") for name in ("searchtext", "listsetting", "savedview")),
        migrations.RunSQL(SHARED, "DROP POLICY shared ON casework_savedview;"),
    ]
