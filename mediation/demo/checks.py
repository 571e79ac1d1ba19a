"""What must hold of the line's data, as set-based questions to the database.

Each question returns one row: how many rows were looked at, then for each of its names how many of them are wrong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import sql

from mediation.models import Dispute, JudicialConfirmation
from mediation.workflow.disputes import WORKFLOW


class Finding(NamedTuple):
    """One thing that must hold: how many rows were looked at, and how many are wrong."""

    name: str
    checked: int
    wrong: int


class Check(NamedTuple):
    """A question: what each of its numbers of wrong rows means, and the SQL, which takes PARAMETERS.

    ``owner`` when the owner alone may ask.
    """

    names: tuple[str, ...]
    question: str
    owner: bool = False


_STEPS = [(t.code, source, t.target, t.decider) for t in WORKFLOW.transitions for source in t.sources]
_COUNTS = [(t.code, kind) for t in WORKFLOW.transitions for kind in t.counts]
CONFIRMATION = JudicialConfirmation.record_type()
PARAMETERS: dict[str, Any] = {
    "record": Dispute.record_type(),
    "initial": WORKFLOW.initial,
    **dict(zip(("kinds", "sources", "targets", "deciders"), map(list, zip(*_STEPS, strict=True)), strict=True)),
    **dict(zip(("steps", "counted"), map(list, zip(*_COUNTS, strict=True)), strict=True)),
    "returning": ["return_registered", "return_accepted"],
    "balanced": ["mediation.dispute", "mediation.screeningfinding", "mediation.riskalert", CONFIRMATION],
    "coming": ["accepted", "found", "alert_raised", "confirmation_applied", "handed_in"],
    "going": [
        *("succeeded", "failed", "transferred", "prevented", "handed", "alert_closed", "confirmed", "dismissed"),
        *("confirmation_ended", "handed_out"),
    ],
    "concluding": ["reject", "divert", "transfer", "fail", "agree_in_writing", "agree_orally"],
}

HISTORY = """
WITH steps AS (
  SELECT * FROM unnest(%(kinds)s::text[], %(sources)s::text[], %(targets)s::text[], %(deciders)s::text[])
         AS s (kind, source, target, decider)
),
history AS (
  SELECT kind, from_state, to_state, happened_on, decider, row_number() OVER one AS place,
         lag(to_state) OVER one AS before, lag(happened_on) OVER one AS earlier
  FROM casework_recordevent WHERE record_type = %(record)s AND to_state <> ''
  WINDOW one AS (PARTITION BY record_id ORDER BY id)
)
SELECT count(*),
       count(*) FILTER (WHERE place = 1 AND (h.kind <> 'opened' OR to_state <> %(initial)s)),
       count(*) FILTER (WHERE place > 1 AND (from_state <> before
                        OR (s.kind IS NULL AND (h.kind <> 'handed_over' OR from_state <> to_state)))),
       count(*) FILTER (WHERE happened_on < earlier)
FROM history h
LEFT JOIN steps s ON (s.kind, s.source, s.target, s.decider) = (h.kind, h.from_state, h.to_state, h.decider)
"""

LIVES = """
WITH lives AS (
  SELECT record_id, (array_agg(to_state ORDER BY id DESC) FILTER (WHERE to_state <> ''))[1] AS state,
         count(*) FILTER (WHERE (to_state <> '' AND kind <> 'handed_over') OR kind = 'amended') AS versions,
         min(happened_on) FILTER (WHERE kind = 'opened') AS opened,
         bool_or(kind = 'accept') AS accepted,
         max(happened_on) FILTER (WHERE kind = 'begin') AS begun,
         max(happened_on) FILTER (WHERE kind IN ('agree_in_writing', 'agree_orally')) AS agreed,
         (array_agg(CASE WHEN kind = ANY(%(concluding)s) THEN happened_on END ORDER BY id DESC)
           FILTER (WHERE kind = ANY(%(concluding)s::text[] || %(returning)s::text[])))[1] AS concluded,
         max(happened_on) FILTER (WHERE kind = 'close') AS closed,
         max(happened_on) FILTER (WHERE kind = 'archive') AS archived
  FROM casework_recordevent WHERE record_type = %(record)s GROUP BY record_id
)
SELECT count(*),
       count(*) FILTER (WHERE l.record_id IS NULL),
       count(*) FILTER (WHERE d.state <> l.state),
       count(*) FILTER (WHERE d.version <> l.versions),
       count(*) FILTER (WHERE d.registered_on <> l.opened OR (d.accepted_on IS NOT NULL) <> l.accepted
                        OR d.agreed_on IS DISTINCT FROM l.agreed OR d.concluded_on IS DISTINCT FROM l.concluded
                        OR d.closed_on IS DISTINCT FROM l.closed OR d.archived_on IS DISTINCT FROM l.archived
                        OR (d.rights_notice_on IS NULL) <> (l.begun IS NULL)),
       count(*) FILTER (WHERE d.occurred_on > d.registered_on OR d.registered_on > d.accepted_on
                        OR d.accepted_on > d.agreed_on OR d.agreed_on > d.effective_on OR d.agreed_on > d.closed_on
                        OR d.closed_on > d.archived_on)
FROM mediation_dispute d LEFT JOIN lives l ON l.record_id = d.id
"""

COUNTED = """
WITH counts AS (SELECT * FROM unnest(%(steps)s::text[], %(counted)s::text[]) AS c (step, kind)),
expected AS (
  SELECT e.record_id, c.kind, max(CASE c.kind WHEN 'accepted' THEN d.accepted_on ELSE e.happened_on END) AS on_day
  FROM casework_recordevent e JOIN counts c ON c.step = e.kind JOIN mediation_dispute d ON d.id = e.record_id
  WHERE e.record_type = %(record)s AND NOT (c.kind IN ('transferred', 'diverted') AND EXISTS (
    SELECT FROM casework_recordevent r WHERE r.record_type = e.record_type AND r.record_id = e.record_id
                                         AND r.kind = ANY(%(returning)s) AND r.id > e.id))
  GROUP BY e.record_id, c.kind
),
actual AS (
  SELECT record_id, kind, counted_on FROM casework_countedevent
  WHERE record_type = %(record)s AND NOT is_replaced AND turn = 0
)
SELECT count(*), count(*) FILTER (WHERE actual.kind IS NULL), count(*) FILTER (WHERE expected.kind IS NULL),
       count(*) FILTER (WHERE actual.counted_on <> expected.on_day)
FROM expected FULL JOIN actual USING (record_id, kind)
"""

# What leaves one unit arrives at another one on the same day, and the record lies where it arrived last.
HANDED = """
WITH pairs AS (
  SELECT record_id, turn, o.counted_on AS left_on, i.counted_on AS arrived_on, o.office_id AS giver,
         i.office_id AS receiver, lag(i.office_id) OVER one AS earlier, lead(turn) OVER one AS next
  FROM (SELECT * FROM casework_countedevent WHERE kind = 'handed_out' AND NOT is_replaced) o
  FULL JOIN (SELECT * FROM casework_countedevent WHERE kind = 'handed_in' AND NOT is_replaced) i
       USING (record_type, record_id, turn)
  WHERE record_type = %(record)s
  WINDOW one AS (PARTITION BY record_id ORDER BY turn)
)
SELECT count(*), count(*) FILTER (WHERE left_on IS DISTINCT FROM arrived_on OR giver = receiver OR giver <> earlier),
       count(*) FILTER (WHERE next IS NULL AND receiver <> d.office_id)
FROM pairs p LEFT JOIN mediation_dispute d ON d.id = p.record_id
"""

# What the events leave standing in an office's balances is what lies open there: cases in mediation, findings, alerts,
# applications that no court has ruled on.
BALANCES = """
WITH counted AS (
  SELECT record_type, office_id, sum(CASE WHEN kind = ANY(%(coming)s) THEN 1 ELSE -1 END) AS standing
  FROM casework_countedevent
  WHERE record_type = ANY(%(balanced)s) AND NOT is_replaced AND kind = ANY(%(coming)s || %(going)s::text[]) GROUP BY 1, 2
),
lying (record_type, office_id, open) AS (
  SELECT 'mediation.dispute', office_id, count(*) FROM mediation_dispute
  WHERE state IN ('accepted', 'assigned', 'mediating') GROUP BY 2
  UNION ALL SELECT 'mediation.screeningfinding', office_id, count(*) FROM mediation_screeningfinding
  WHERE state IN ('found', 'watched') GROUP BY 2
  UNION ALL SELECT 'mediation.riskalert', office_id, count(*) FROM mediation_riskalert WHERE state <> 'closed' GROUP BY 2
  UNION ALL SELECT 'mediation.judicialconfirmation', office_id, count(*) FROM mediation_judicialconfirmation
  WHERE state IN ('applied', 'admitted') GROUP BY 2
)
SELECT count(*), count(*) FILTER (WHERE coalesce(standing, 0) <> coalesce(open, 0))
FROM counted FULL JOIN lying USING (record_type, office_id)
"""

_NUMBERS = """
  SELECT number_body AS body, substring(number FROM '^（([0-9]+)）')::int AS year, count(*) AS members,
         count(DISTINCT number) AS different, min(substring(number FROM '第([0-9]+)号$')::int) AS first,
         max(substring(number FROM '第([0-9]+)号$')::int) AS last
  FROM mediation_dispute WHERE number <> '' GROUP BY 1, 2
"""
NUMBERS = """
WITH numbers AS ({numbers})
SELECT count(*), count(*) FILTER (WHERE year IS NULL OR last IS NULL),
       count(*) FILTER (WHERE first <> 1 OR last <> members OR different <> members)
FROM numbers
"""
NUMBERED = """
SELECT count(*), count(*) FILTER (WHERE (d.number <> '') <> (e.happened_on IS NOT NULL)),
       count(*) FILTER (WHERE d.number NOT LIKE '（' || extract(year FROM e.happened_on) || '）_%%'),
       count(*) FILTER (WHERE d.number <> '' AND d.number_body NOT LIKE 'committee/_%%')
FROM mediation_dispute d
LEFT JOIN casework_recordevent e ON e.record_type = %(record)s AND e.record_id = d.id AND e.kind = 'accept'
"""
COUNTERS = """
WITH numbers AS ({numbers}),
counters AS (SELECT body, year, value FROM casework_numbercounter WHERE kind = 'dossier')
SELECT count(*), count(*) FILTER (WHERE last IS DISTINCT FROM value)
FROM numbers FULL JOIN counters USING (body, year)
"""

PARTIES = """
WITH sides AS (
  SELECT dispute_id, count(*) AS members, min(position) AS first, max(position) AS last,
         bool_or(role = 'applicant') AND bool_or(role = 'respondent') AS both_sides
  FROM mediation_party GROUP BY dispute_id
)
SELECT count(*), count(*) FILTER (WHERE members IS NULL OR members < 2 OR party_count < members),
       count(*) FILTER (WHERE NOT both_sides), count(*) FILTER (WHERE first <> 1 OR last <> members)
FROM mediation_dispute d LEFT JOIN sides s ON s.dispute_id = d.id
"""

AGREEMENTS = """
SELECT count(*), count(*) FILTER (WHERE (d.agreed_on IS NULL) <> (a.id IS NULL)),
       count(*) FILTER (WHERE (d.agreement_form = '') <> (d.agreed_on IS NULL) OR (d.effective_on IS NULL) <> (d.agreed_on IS NULL)
                        OR (d.agreed_on IS NULL AND (d.agreed_amount <> 0 OR d.performance <> '')))
FROM mediation_dispute d FULL JOIN mediation_agreement a ON a.dispute_id = d.id
"""

MEDIATORS = """
WITH named AS (
  SELECT p.dispute_id, count(*) AS members, bool_and(m.office_id = p.office_id) AS own
  FROM mediation_disputemediator p JOIN mediation_mediator m ON m.id = p.mediator_id GROUP BY 1
)
SELECT count(*), count(*) FILTER (WHERE e.id IS NOT NULL AND members IS NULL), count(*) FILTER (WHERE NOT own)
FROM mediation_dispute d
LEFT JOIN named n ON n.dispute_id = d.id
LEFT JOIN casework_recordevent e ON e.record_type = %(record)s AND e.record_id = d.id AND e.kind = 'assign'
"""

PLACES = """
SELECT count(*), count(*) FILTER (WHERE v.office_id IS DISTINCT FROM d.office_id),
       count(*) FILTER (WHERE c.office_id IS DISTINCT FROM d.office_id)
FROM mediation_dispute d
LEFT JOIN offices_village v ON v.id = d.village_id
LEFT JOIN mediation_mediationcommittee c ON c.id = d.committee_id
"""


_SCOPE = """
SELECT count(*), count(*) FILTER (WHERE o.id IS NULL OR o.level <> 'office'
                                  OR (t.county_id, t.city_id) IS DISTINCT FROM (o.county_id, o.city_id))
FROM {table} t LEFT JOIN offices_office o ON o.id = t.office_id
"""
_CHILD = """
SELECT count(*), count(*) FILTER (WHERE p.id IS NULL), count(*) FILTER (WHERE p.office_id <> t.office_id)
FROM {table} t LEFT JOIN {parent} p ON p.id = t.{key}
"""
_PART = _CHILD + " WHERE t.record_type = %(record)s"
ORPHANS = """
SELECT count(*), count(*) FILTER (WHERE p.id IS NULL)
FROM casework_countedevent t LEFT JOIN mediation_dispute p ON p.id = t.record_id WHERE t.record_type = %(record)s
"""


def _scope(table: str) -> Check:
    name = f"{table}: county and city are not those of the office"
    return Check((name,), _composed(_SCOPE, table=sql.Identifier(table)))


def _child(table: str, parent: str, key: str, question: str = _CHILD) -> Check:
    names = (f"{table}: there is no parent", f"{table}: the office is not the parent's")
    identifiers = {"table": sql.Identifier(table), "parent": sql.Identifier(parent), "key": sql.Identifier(key)}
    return Check(names, _composed(question, **identifiers))


def _composed(question: str, **parts: sql.Composable) -> str:
    return sql.SQL(question).format(**parts).as_string()


CHECKS = (
    Check(
        ("history does not begin with the registration", "a step the workflow does not know", "steps out of order"),
        HISTORY,
    ),
    Check(
        (
            "a dispute without history",
            "the state is not that of the last step",
            "the version is not the number of changes",
            "a date is not that of its step",
            "dates out of order",
        ),
        LIVES,
    ),
    Check(("a counted event is missing", "a counted event without a step", "a counted event on another day"), COUNTED),
    Check(("a balance of an office that is not what lies open there",), BALANCES),
    Check(
        ("a hand-over that only one of two units counts", "a record that is not where it was handed over to"), HANDED
    ),
    Check(
        ("a number of another form", "numbers of a body and year with gaps or doubles"),
        _composed(NUMBERS, numbers=sql.SQL(_NUMBERS)),
    ),
    Check(
        (
            "numbered without acceptance, or accepted without number",
            "a number of another year",
            "a number of no committee",
        ),
        NUMBERED,
    ),
    Check(("a counter that is not at the last number",), _composed(COUNTERS, numbers=sql.SQL(_NUMBERS)), owner=True),
    Check(("fewer than two parties, or more than counted", "one side is missing", "positions with gaps"), PARTIES),
    Check(("agreement and date of agreement do not go together", "half an agreement"), AGREEMENTS),
    Check(("assigned without a mediator", "a mediator of another office"), MEDIATORS),
    Check(("a village of another office", "a committee of another office"), PLACES),
    *(
        _scope(table)
        for table in (
            "mediation_mediationcommittee",
            "mediation_dispute",
            "casework_recordevent",
            "casework_countedevent",
        )
    ),
    _child("mediation_mediator", "mediation_mediationcommittee", "committee_id"),
    _child("mediation_party", "mediation_dispute", "dispute_id"),
    _child("mediation_disputemediator", "mediation_dispute", "dispute_id"),
    _child("mediation_agreement", "mediation_dispute", "dispute_id"),
    _child("casework_recordevent", "mediation_dispute", "record_id", _PART),
    _child("casework_attachment", "mediation_dispute", "record_id", _PART),
    _child("casework_issueddocument", "mediation_dispute", "record_id", _PART),
    Check(("a counted event without a record",), ORPHANS),
)
