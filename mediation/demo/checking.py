"""Asking the questions, and those that SQL alone cannot answer: due dates by the rules, and the encrypted numbers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import django
from django.db import connections

from casework.identifiers import IdentifierError, parse_resident_id
from mediation.demo import checks, limits
from mediation.demo.checks import Finding
from mediation.models import Party
from offices.secrecy import EncryptedField, SecrecyError, blind_index, decrypt

NO_RULE = """
SELECT count(*), count(*) FILTER (WHERE CASE
  WHEN due_on IS NULL THEN due_rule <> '' OR state = 'performing'
  WHEN due_rule <> '' THEN state = 'performing'
  ELSE due_on IS DISTINCT FROM performance_due_on
       AND NOT EXISTS (SELECT FROM mediation_performanceitem i WHERE i.dispute_id = d.id AND i.due_on = d.due_on) END)
FROM mediation_dispute d
"""
NUMBERS = """
SELECT id_number, id_index, birth_date, sex FROM mediation_party WHERE id_number IS NOT NULL OR id_index IS NOT NULL
"""
BATCH = 5_000
WORTH_WHILE = 20_000


def findings(using: str, today: date) -> Iterator[Finding]:
    """Ask every question, under a scope that reaches every row."""
    with connections[using].cursor() as cursor:
        # These questions read every row once: the plan matters, a compiled expression does not.
        cursor.execute("SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true)")
        cursor.execute("SELECT has_table_privilege('casework_numbercounter', 'SELECT')")
        is_owner = cursor.fetchone()[0]
        for check in checks.CHECKS:
            if check.owner and not is_owner:
                continue
            cursor.execute(check.question, checks.PARAMETERS)
            checked, *wrong = cursor.fetchone()
            yield from (Finding(name, checked, number) for name, number in zip(check.names, wrong, strict=True))
        cursor.execute(NO_RULE)
        yield Finding("a due date without a rule, or not the parties' own", *cursor.fetchone())
    yield from limits.findings(using)
    yield id_numbers(using, today)


NumberRow = tuple[bytes | None, bytes | None, date | None, str]


def id_numbers(using: str, today: date) -> Finding:
    """Decrypt each ID number: its check digit, its blind index, and the birth date and sex that it says."""
    checked = wrong = 0
    for number, bad in _number_results(using, today):
        checked, wrong = checked + number, wrong + bad
    return Finding("an ID number that does not read, or does not match index, birth date or sex", checked, wrong)


def _number_results(using: str, today: date) -> Iterator[tuple[int, int]]:
    with connections[using].cursor() as counting:
        counting.execute("SELECT count(*) FROM mediation_party WHERE id_number IS NOT NULL")
        large = counting.fetchone()[0] > WORTH_WHILE
    batches = _batches(using)
    if not large:
        yield from (check_numbers(rows, today) for rows in batches)
        return
    # Fresh interpreters: forked ones would share this process's database connection.
    workers = os.cpu_count() or 2
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        waiting: deque[Future[tuple[int, int]]] = deque()
        for rows in batches:
            waiting.append(pool.submit(check_numbers, rows, today))
            if len(waiting) > 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(using: str) -> Iterator[list[NumberRow]]:
    with connections[using].chunked_cursor() as cursor:
        cursor.execute(NUMBERS)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def check_numbers(rows: list[NumberRow], today: date) -> tuple[int, int]:
    """Return how many rows there are and how many of them are wrong."""
    field = Party._meta.get_field("id_number")
    assert isinstance(field, EncryptedField)
    return len(rows), sum(not _agrees(row, field.context, today) for row in rows)


def _agrees(row: NumberRow, context: str, today: date) -> bool:
    stored, index, birth_date, sex = row
    if stored is None or index is None:
        return False
    try:
        person = parse_resident_id(decrypt(bytes(stored), context), today)
    except (SecrecyError, IdentifierError):
        return False
    said = (person.birth_date, {"male": Party.Sex.MALE, "female": Party.Sex.FEMALE}[person.sex])
    return said == (birth_date, sex) and blind_index(person.number, context) == bytes(index)
