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

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_ARGV[0] <> ''
     AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0]
     AND to_jsonb(OLD) -> TG_ARGV[0] = 'false'::jsonb THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Rows of % are never changed', TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

CREATE FUNCTION write_audit(table_name text, action text, old_row jsonb, new_row jsonb) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO offices_auditentry (at, user_id, membership_id, address, source, table_name, row_key, action,
                                  before, after, line, office_id, county_id, city_id, transaction)
  SELECT clock_timestamp(),
         NULLIF(current_setting('app.user', true), '')::bigint,
         NULLIF(current_setting('app.membership', true), '')::bigint,
         COALESCE(current_setting('app.address', true), ''),
         COALESCE(NULLIF(current_setting('app.source', true), ''), 'sql:' || session_user),
         table_name,
         left(COALESCE(known.r ->> 'id', known.r ->> 'token', known.r ->> 'date', known.r ->> 'year', ''), 40),
         -- A password's hash has no business in a log that people read.
         action, old_row - 'password', new_row - 'password',
         COALESCE(known.r ->> 'line', split_part(table_name, '_', 1)),
         (known.r ->> 'office_id')::int, (known.r ->> 'county_id')::int, (known.r ->> 'city_id')::int,
         txid_current()
  FROM (SELECT COALESCE(new_row, old_row) AS r) known
$$;

CREATE FUNCTION audit_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM write_audit(TG_TABLE_NAME::text, 'I', NULL, to_jsonb(n)) FROM new_rows n;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM write_audit(TG_TABLE_NAME::text, 'D', to_jsonb(o), NULL) FROM old_rows o;
  RETURN NULL;
END $$;

CREATE FUNCTION audit_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM write_audit(TG_TABLE_NAME::text, 'U', changed.before, changed.after)
  FROM (
    SELECT jsonb_object_agg(k, o.r -> k) FILTER (WHERE o.r -> k IS DISTINCT FROM n.r -> k OR k IN
             ('id', 'date', 'office_id', 'county_id', 'city_id', 'line')) AS before,
           jsonb_object_agg(k, n.r -> k) FILTER (WHERE o.r -> k IS DISTINCT FROM n.r -> k OR k IN
             ('id', 'date', 'office_id', 'county_id', 'city_id', 'line')) AS after,
           bool_or(o.r -> k IS DISTINCT FROM n.r -> k) AS differs
    FROM (SELECT to_jsonb(x) AS r FROM old_rows x) o
    JOIN (SELECT to_jsonb(x) AS r FROM new_rows x) n
      ON COALESCE(n.r -> 'id', n.r -> 'date') = COALESCE(o.r -> 'id', o.r -> 'date')
    CROSS JOIN LATERAL jsonb_object_keys(n.r) AS k
    GROUP BY COALESCE(n.r -> 'id', n.r -> 'date')
  ) changed
  WHERE changed.differs;
  RETURN NULL;
END $$;

-- Whoever may call it could write history: only the trigger functions do, as their owner.
REVOKE EXECUTE ON FUNCTION write_audit(text, text, jsonb, jsonb) FROM justice_app;
"""

DROP = """
DROP FUNCTION audit_update(); DROP FUNCTION audit_delete(); DROP FUNCTION audit_insert();
DROP FUNCTION write_audit(text, text, jsonb, jsonb); DROP FUNCTION refuse_change();
DROP FUNCTION fill_scope_from_parent(); DROP FUNCTION fill_scope();
"""


class Migration(migrations.Migration):
    """Attach the protection."""

    dependencies = [("offices", "0001_tables")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
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
