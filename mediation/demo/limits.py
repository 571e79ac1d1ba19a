"""Due dates computed again: by the rule that held, by what the parties agreed, by the term of a committee."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import connections

from casework.deadlines import due_date
from mediation.demo.checks import Finding
from mediation.models import Dispute
from mediation.workflow.disputes import (
    ACCEPT_WITHIN,
    ARCHIVE_WITHIN,
    CLOSE_WITHIN,
    CONCLUDE_WITHIN,
    CONFIRM_WITHIN,
    EXTEND_BY,
    RECEIPT_WITHIN,
    VISIT_WITHIN,
)
from mediation.workflow.organisations import TERM

# Each limit runs from the last step of these kinds; that of the visit after an agreement from the day of effect, after a
# visit from the latest one; what follows a receipt runs from that. An acceptance that was corrected counts as corrected.
STARTS = {
    ACCEPT_WITHIN: ("opened", "return_registered"),
    CONCLUDE_WITHIN: ("accept", "return_accepted"),
    VISIT_WITHIN: ("agree_in_writing", "agree_orally", "perform", "breach", "visit"),
    CLOSE_WITHIN: ("fail", "visit", "transfer", "pass_on", "return_failed"),
    ARCHIVE_WITHIN: ("close",),
    RECEIPT_WITHIN: ("divert", "transfer", "pass_on"),
}
PARAMETERS: dict[str, Any] = {
    "record": Dispute.record_type(),
    "rules": [rule for rule, kinds in STARTS.items() for _ in kinds],
    "kinds": [kind for kinds in STARTS.values() for kind in kinds],
    "visit": VISIT_WITHIN,
    "receipt": RECEIPT_WITHIN,
    "conclude": CONCLUDE_WITHIN,
    "confirm": CONFIRM_WITHIN,
    "term": TERM,
}
# Rule, first day, due date, and how many have them. An extended limit is the parties' own: EXTENDED looks at it.
BY_RULE = """
WITH starts AS (SELECT * FROM unnest(%(rules)s::text[], %(kinds)s::text[]) AS s (rule, kind)),
due AS (
SELECT d.id, d.due_rule, d.due_on, max(e.id) AS began, CASE
  WHEN d.due_rule = %(visit)s AND d.state IN ('agreed_written', 'agreed_oral') THEN d.effective_on
  WHEN d.due_rule = %(visit)s AND d.state = 'visited'
    THEN (SELECT max(v.visited_on) FROM mediation_returnvisit v WHERE v.dispute_id = d.id)
  WHEN d.state = 'transferred' AND d.due_rule <> %(receipt)s
    THEN (SELECT max(t.receipt_on) FROM mediation_transfer t WHERE t.dispute_id = d.id)
  WHEN d.due_rule = %(conclude)s AND bool_and(e.kind = 'accept') THEN d.accepted_on
  ELSE max(e.happened_on) END AS start
FROM mediation_dispute d
JOIN starts s ON s.rule = d.due_rule
JOIN casework_recordevent e ON e.record_type = %(record)s AND e.record_id = d.id AND e.kind = s.kind
WHERE d.due_on IS NOT NULL
GROUP BY d.id
)
SELECT due_rule, start, due_on, count(*) FROM due
WHERE due_rule <> %(conclude)s OR NOT EXISTS (
  SELECT FROM casework_recordevent x WHERE x.record_type = %(record)s AND x.record_id = due.id AND x.kind = 'extend'
                                       AND x.id > due.began)
GROUP BY 1, 2, 3
UNION ALL
SELECT due_rule, term_from, due_on, count(*) FROM mediation_mediationcommittee WHERE due_rule = %(term)s GROUP BY 1, 2, 3
UNION ALL
SELECT c.due_rule, d.effective_on, c.due_on, count(*)
FROM mediation_judicialconfirmation c JOIN mediation_dispute d ON d.id = c.dispute_id
WHERE c.due_rule = %(confirm)s GROUP BY 1, 2, 3
"""
# What each extension made of which limit, on which day and in what writing; whether the case is still due by it.
EXTENDED = """
WITH steps AS (
  SELECT id, record_id, kind, happened_on, paper, (details ->> 'due_on')::date AS until,
         lag((details ->> 'due_on')::date) OVER (PARTITION BY record_id ORDER BY id) AS before
  FROM casework_recordevent
  WHERE record_type = %(record)s AND to_state <> '' AND kind <> 'handed_over' AND record_id IN (
    SELECT record_id FROM casework_recordevent WHERE record_type = %(record)s AND kind = 'extend')
)
SELECT s.before, d.accepted_on, s.happened_on, s.until,
       s.paper = '' OR (d.state = 'mediating' AND d.due_on IS DISTINCT FROM s.until AND NOT EXISTS (
         SELECT FROM steps later WHERE later.record_id = s.record_id AND later.id > s.id
                                   AND later.kind IN ('extend', 'return_accepted'))),
       count(*)
FROM steps s JOIN mediation_dispute d ON d.id = s.record_id
WHERE s.kind = 'extend' GROUP BY 1, 2, 3, 4, 5
"""


def findings(using: str) -> Iterator[Finding]:
    """Ask what is due by rule and what by consent."""
    yield _asked(using, "a due date that the rule does not give", BY_RULE, _is_by_rule)
    yield _asked(using, "an extension beyond what two parties may agree to", EXTENDED, _is_allowed)


def _asked(using: str, name: str, question: str, holds: Callable[..., bool]) -> Finding:
    with connections[using].cursor() as cursor:
        cursor.execute(question, PARAMETERS)
        rows = cursor.fetchall()
    wrong = sum(number for *facts, number in rows if not holds(*facts))
    return Finding(name, sum(row[-1] for row in rows), wrong)


def _is_by_rule(rule: str, start: date | None, due_on: date | None) -> bool:
    return start is not None and due_on == due_date(rule, start).on


def _is_allowed(before: date | None, accepted_on: date, on: date, until: date | None, is_wrong: bool) -> bool:
    """Art. 33 of the 2002 Rules: with consent in writing, before the limit is over, within the rule's bounds."""
    # Where the acceptance was corrected in between, the limit ran from the corrected day.
    limits = {day for day in (before, due_date(CONCLUDE_WITHIN, accepted_on).on) if day}
    allowed = (limit for limit in limits if on <= limit < (until or limit) <= due_date(EXTEND_BY, limit).on)
    return not is_wrong and any(allowed)
