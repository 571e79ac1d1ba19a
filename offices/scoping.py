"""Which rows one may touch: one scope per request or job, known to Python and to PostgreSQL at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connections, models, transaction
from django.db.models import BooleanField, Expression, F

from offices.kinds import TableKind

if TYPE_CHECKING:
    from offices.models import Membership

# Written out, not imported: models import this module.
LEVEL_COLUMNS = {"office": "office", "county": "county", "city": "city"}
UNRESTRICTED_LEVELS = frozenset({"province", "system"})
SETTINGS = ("app.level", "app.unit", "app.lines", "app.user", "app.membership", "app.address", "app.source")
EVERY_LINE = "*"


class NoScope(RuntimeError):
    """A scoped table was asked for while nobody had said on whose behalf."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose rows: all rows of ``unit_id`` at ``level``, in the named business lines."""

    level: str
    unit_id: int
    lines: frozenset[str]
    user_id: int | None = None
    membership_id: int | None = None
    address: str = ""
    source: str = "web"

    def covers(self, line: str) -> bool:
        """Tell whether the scope reaches into a business line."""
        return line in self.lines or EVERY_LINE in self.lines

    def settings(self) -> tuple[str, ...]:
        """Return the values of SETTINGS in their order."""
        user, membership = (str(value or "") for value in (self.user_id, self.membership_id))
        return (
            self.level,
            str(self.unit_id),
            ",".join(sorted(self.lines)),
            user,
            membership,
            self.address,
            self.source,
        )


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """Return the scope in force; raise NoScope when there is none."""
    scope = _current.get()
    if scope is None:
        raise NoScope("A scoped table was used outside within() and system().")
    return scope


def has_scope() -> bool:
    """Tell whether a scope is in force."""
    return _current.get() is not None


@contextmanager
def within(membership: Membership, *, address: str = "", source: str = "web") -> Iterator[Scope]:
    """Run a block, in a transaction, with the scope of one membership.

    The scope is recomputed from the membership's present unit, role and lines on every use.
    """
    office = membership.office
    scope = Scope(
        level=office.level,
        unit_id=office.pk,
        lines=frozenset(membership.lines),
        user_id=membership.user_id,
        membership_id=membership.pk,
        address=address,
        source=source,
    )
    with _in_force(scope):
        yield scope


@contextmanager
def system(name: str, *, user_id: int | None = None, using: str = "default", snapshot: bool = False) -> Iterator[Scope]:
    """Run a block, in a transaction, over every office, as the named part of the system itself.

    With ``snapshot`` every statement of the block sees the database as at the first one (REPEATABLE READ). The block
    must then be the outermost transaction, and a row that somebody else changed meanwhile can no longer be changed.
    """
    scope = Scope(
        level="system", unit_id=0, lines=frozenset({EVERY_LINE}), user_id=user_id, source=f"system:{name}"[:40]
    )
    with _in_force(scope, using=using, snapshot=snapshot):
        yield scope


@contextmanager
def _in_force(scope: Scope, *, using: str = "default", snapshot: bool = False) -> Iterator[None]:
    outer = _current.get()
    nested = outer is not None and connections[using].in_atomic_block
    if snapshot and connections[using].in_atomic_block:
        raise RuntimeError("A snapshot is taken by the outermost transaction, not inside another one.")
    with transaction.atomic(using=using):
        if snapshot:
            # Refused by PostgreSQL unless it is the first statement: set_config below is a query.
            with connections[using].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _tell_database(scope.settings(), using)
        token = _current.set(scope)
        try:
            yield
        finally:
            _current.reset(token)
        # A released savepoint keeps its settings: without this the outer block would go on with ours.
        if nested and outer is not None and not connections[using].needs_rollback:
            _tell_database(outer.settings(), using)


def _tell_database(values: tuple[str, ...], using: str) -> None:
    # The third argument keeps each setting inside the transaction: a pooled connection carries nothing on.
    calls = ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {calls}", values)


@contextmanager
def speaking_as(source: str) -> Iterator[None]:
    """Name another source (a job, a command) in the audit rows of a block without changing the scope."""
    with _in_force(replace(current_scope(), source=source)):
        yield


class InScope(Expression):
    """The condition that a row lies in the scope in force when the SQL is compiled.

    One instance serves every query for ever: the scope is read in as_sql, and without one compiling raises
    NoScope. That closes lists, counts, updates, deletes, sub-selects and form fields built at import alike.
    """

    conditional = True
    output_field = BooleanField()

    def __init__(self, line: str | None) -> None:
        super().__init__(output_field=BooleanField())
        self.line = line
        self.columns: list[Any] = [F(name) for name in LEVEL_COLUMNS.values()]

    def get_source_expressions(self) -> list[Any]:
        """Return the three scope columns, so that aliases are relabelled inside sub-queries."""
        return self.columns

    def set_source_expressions(self, exprs: Any) -> None:
        """Take the resolved columns back."""
        self.columns = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return one equality on the column of the scope's level."""
        scope = current_scope()
        if self.line is not None and not scope.covers(self.line):
            return "FALSE", ()
        if scope.level in UNRESTRICTED_LEVELS:
            return "TRUE", ()
        column = self.columns[list(LEVEL_COLUMNS).index(scope.level)]
        sql, params = compiler.compile(column)
        return f"{sql} = %s", (*params, scope.unit_id)


class InScopeOfEither(InScope):
    """The condition that either end of a row between two units lies in the scope in force."""

    def __init__(self, line: str | None) -> None:
        super().__init__(line)
        self.columns += [F(f"to_{name}") for name in LEVEL_COLUMNS.values()]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return an equality on the column of the scope's level for each end."""
        scope = current_scope()
        if scope.level in UNRESTRICTED_LEVELS:
            return "TRUE", ()
        place = list(LEVEL_COLUMNS).index(scope.level)
        given, given_params = compiler.compile(self.columns[place])
        taken, taken_params = compiler.compile(self.columns[place + len(LEVEL_COLUMNS)])
        return f"({given} = %s OR {taken} = %s)", (*given_params, scope.unit_id, *taken_params, scope.unit_id)


ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)


class OfficeScopedManager(models.Manager[ModelT]):
    """The manager of every table with office, county and city columns. There is no unscoped twin.

    ``line_of`` on the model names the business line; None leaves the test of the line to the row's policy.
    """

    def get_queryset(self) -> models.QuerySet[ModelT]:
        """Return the rows in scope."""
        return super().get_queryset().filter(InScope(getattr(self.model, "line_of", None)))


class BetweenManager(models.Manager[ModelT]):
    """The manager of a table whose rows lie between two units, each of which sees them."""

    def get_queryset(self) -> models.QuerySet[ModelT]:
        """Return the rows of which either end is in scope."""
        return super().get_queryset().filter(InScopeOfEither(None))


class ScopedModel(models.Model):
    """A table whose rows belong to an office. A trigger keeps county and city; policies repeat the scope."""

    office = models.ForeignKey("offices.Office", models.PROTECT, related_name="+")
    # Without indexes of their own, which no query would use: what is listed by county or city is listed by date too.
    county = models.ForeignKey("offices.Office", models.PROTECT, related_name="+", editable=False, db_index=False)
    city = models.ForeignKey("offices.Office", models.PROTECT, related_name="+", editable=False, db_index=False)

    line_of: str | None = None
    table_kind = TableKind.SCOPED

    class Meta:
        abstract = True
        # Also scopes lazy forward keys and refresh_from_db; services therefore save with force_update.
        base_manager_name = "objects"
