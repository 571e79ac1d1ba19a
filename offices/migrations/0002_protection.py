"""Scope triggers, audit triggers, policies and rights of the tables that know who."""

from django.db import migrations

from offices.protection import append_only, audited, only, policy

FUNCTIONS = """
CREATE FUNCTION fill_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.office_id <> OLD.office_id
     AND COALESCE(current_setting('app.level', true), '') <> 'system' THEN
    RAISE EXCEPTION 'The responsible office changes only by a hand-over' USING ERRCODE = '42501';
  END IF;
  SELECT county_id, city_id INTO NEW.county_id, NEW.city_id FROM offices_office
   WHERE id = NEW.office_id AND level = 'office';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'A record belongs to a township office' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION fill_scope_from_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parent_key bigint := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
BEGIN
  -- Under the caller's policies: a parent out of scope is not found, which a foreign key alone would accept.
  EXECUTE format('SELECT office_id, county_id, city_id FROM %I WHERE id = $1', TG_ARGV[0])
    INTO NEW.office_id, NEW.county_id, NEW.city_id USING parent_key;
  IF NEW.office_id IS NULL THEN
    RAISE EXCEPTION 'The parent row is not in scope' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION check_scope_of_parent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
  -- Under the caller's policies too, once for all rows of a statement.
  EXECUTE format('SELECT EXISTS (SELECT FROM new_rows n WHERE NOT EXISTS (SELECT FROM %I p WHERE p.id = n.%I AND '
                 'p.office_id = n.office_id AND p.county_id = n.county_id AND p.city_id = n.city_id))',
                 TG_ARGV[0], TG_ARGV[1]) INTO lost;
  IF lost THEN
    RAISE EXCEPTION 'The parent row is not in scope' USING ERRCODE = '42501';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_ARGV[0] <> ''
     AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
     AND to_jsonb(OLD) -> TG_ARGV[0] = 'false'::jsonb THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Rows of % are never changed', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
"""

# Written once: what an entry says of a changed row, given the rows as (before, after).
ENTRIES = """
  INSERT INTO offices_auditentry (at, user_id, membership_id, address, source, table_name, row_key, action,
                                  before, after, line, office_id, county_id, city_id, transaction)
  SELECT clock_timestamp(),
         NULLIF(current_setting('app.user', true), '')::bigint,
         NULLIF(current_setting('app.membership', true), '')::bigint,
         COALESCE(current_setting('app.address', true), ''),
         COALESCE(NULLIF(current_setting('app.source', true), ''), 'sql:' || session_user),
         TG_TABLE_NAME,
         left(COALESCE(known.r ->> 'id', known.r ->> 'token', known.r ->> 'date', known.r ->> 'year', ''), 40),
         -- A password's hash has no business in a log that people read.
         left(TG_OP, 1), changed.before - 'password', changed.after - 'password',
         COALESCE(known.r ->> 'line', split_part(TG_TABLE_NAME::text, '_', 1)),
         (known.r ->> 'office_id')::int, (known.r ->> 'county_id')::int, (known.r ->> 'city_id')::int,
         txid_current()
  -- OFFSET 0, here and below: else the planner makes a row into JSON again for each expression that reads it.
  FROM ({rows} OFFSET 0) changed (before, after)
  CROSS JOIN LATERAL (SELECT COALESCE(changed.after, changed.before) AS r) known;
"""
CHANGED = """
    SELECT jsonb_object_agg(k, o.r -> k) FILTER (WHERE o.r -> k IS DISTINCT FROM n.r -> k OR k IN
             ('id', 'date', 'office_id', 'county_id', 'city_id', 'line')),
           jsonb_object_agg(k, n.r -> k) FILTER (WHERE o.r -> k IS DISTINCT FROM n.r -> k OR k IN
             ('id', 'date', 'office_id', 'county_id', 'city_id', 'line'))
    FROM (SELECT to_jsonb(x) AS r FROM old_rows x OFFSET 0) o
    JOIN (SELECT to_jsonb(x) AS r FROM new_rows x OFFSET 0) n
      ON COALESCE(n.r -> 'id', n.r -> 'date') = COALESCE(o.r -> 'id', o.r -> 'date')
    CROSS JOIN LATERAL jsonb_object_keys(n.r) AS k
    GROUP BY COALESCE(n.r -> 'id', n.r -> 'date')
    HAVING bool_or(o.r -> k IS DISTINCT FROM n.r -> k)
"""
AUDITED = {
    "insert": "SELECT NULL::jsonb, to_jsonb(n) FROM new_rows n",
    "update": CHANGED,
    "delete": "SELECT to_jsonb(o), NULL::jsonb FROM old_rows o",
}
AUDIT = "".join(
    f"""
CREATE FUNCTION audit_{event}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN{ENTRIES.format(rows=rows)}  RETURN NULL;
END $$;
"""
    for event, rows in AUDITED.items()
)

DROP = """
DROP FUNCTION audit_update(); DROP FUNCTION audit_delete(); DROP FUNCTION audit_insert();
DROP FUNCTION refuse_change(); DROP FUNCTION check_scope_of_parent(); DROP FUNCTION fill_scope_from_parent();
DROP FUNCTION fill_scope();
"""


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("offices", "0001_tables")]

    operations = [
        migrations.RunSQL(FUNCTIONS + AUDIT, DROP),
        policy("offices_auditentry", None),
        append_only("offices_auditentry"),
        only("offices_auditentry", "SELECT"),
        append_only("offices_accessentry"),
        only("offices_accessentry", "SELECT", "INSERT"),
        only("offices_office", "SELECT"),
        only("offices_village", "SELECT"),
        audited("offices_office"),
        audited("offices_user"),
        audited("offices_membership"),
    ]
