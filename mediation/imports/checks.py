"""What a row of a ledger of disputes must hold between its cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from casework.identifiers import NO_NUMBER, IdentifierError, ResidentId, check_person_name, parse_paper_number
from casework.imports.columns import Values, compact
from mediation.imports.building import number_of
from mediation.imports.columns import COLUMNS
from mediation.imports.words import FAILED, MEDIATING, OPEN_PERFORMANCES, REJECTED, SIDES, SUCCEEDED, Known
from mediation.models import Dispute, Party
from mediation.services.parties import DEFAULT_PAPER, SEXES


def check(values: Values, known: Known) -> Iterator[tuple[str, str]]:
    """Yield what is wrong between the cells of a row, with the column that the clerk should mend."""
    for name, _label, _role in SIDES:
        yield from _check_paper(values, name, known)
    yield from _check_parties(values)
    yield from _check_mediators(values, known)
    yield from RULES_BY_RESULT[values["result"]](values)
    yield from _check_order(values)


def _check_paper(values: Values, name: str, known: Known) -> Iterator[tuple[str, str]]:
    """Read a number by its paper, and hold what the row says of its holder against it."""
    kind, number = values.get(f"{name}_id_kind"), values.get(f"{name}_identifier")
    if isinstance(number, str) or (kind is None and number is None):
        if kind:
            yield f"{name}_id_kind", _("单位不填证件类型。")
        return
    if kind is None and not isinstance(number, ResidentId):
        yield f"{name}_id_kind", _("不是身份证号的，请填写证件类型。")
        return
    if number is None:
        # Of a paper without a number nothing is kept; that there is none yet is worth knowing.
        values[f"{name}_id_kind"] = kind if kind == NO_NUMBER else None
        return
    try:
        values[f"{name}_identifier"] = said = parse_paper_number(kind or DEFAULT_PAPER, number.number, known.today)
    except IdentifierError as error:
        yield f"{name}_identifier", str(error)
        return
    values[f"{name}_id_kind"] = kind or DEFAULT_PAPER
    for field, told in (("birth_date", said.birth_date), ("sex", SEXES.get(said.sex or ""))):
        if told and values.get(f"{name}_{field}") not in {None, told}:
            yield f"{name}_{field}", _("与证件号码不符，请核对。")


def _check_parties(values: Values) -> Iterator[tuple[str, str]]:
    for name, _label, role in SIDES:
        identifier, kind = values.get(f"{name}_identifier"), values.get(f"{name}_kind")
        by_number = Party.Kind.ORGANISATION if isinstance(identifier, str) else Party.Kind.PERSON
        values[f"{name}_role"] = values.get(f"{name}_role") or role
        if kind and identifier and kind != by_number:
            yield f"{name}_identifier", _("证件号码与当事人类别不符。")
        values[f"{name}_kind"] = kind or by_number
        if values[f"{name}_kind"] == Party.Kind.PERSON:
            try:
                values[f"{name}_name"] = check_person_name(values[f"{name}_name"])
            except IdentifierError as error:
                yield f"{name}_name", str(error)
    if {values["first_role"], values["second_role"]} != {Party.Role.APPLICANT, Party.Role.RESPONDENT}:
        yield "second_role", _("申请人和被申请人都要有。")
    numbers = [
        number_of(values[f"{name}_identifier"]) for name, _label, _role in SIDES if values.get(f"{name}_identifier")
    ]
    if len(numbers) != len(set(numbers)):
        yield "second_identifier", _("同一证件号码填写了两次。")


def _check_mediators(values: Values, known: Known) -> Iterator[tuple[str, str]]:
    names = [name for name in compact(values.get("mediators") or "").replace(",", "、").split("、") if name]
    found = [known.mediators.get((values["committee"].pk, name)) for name in names]
    if None in found:
        yield "mediators", _("不是该调解组织登记的调解员，请先登记，或者不填。")
    if len(set(names)) != len(names):
        yield "mediators", _("同一调解员填写了两次。")
    values["mediators"] = found


def _check_success(values: Values) -> Iterator[tuple[str, str]]:
    yield from _wanted(values, _("调解成功的，请填写%(what)s。"), "accepted_on", "agreement_form", "agreed_on")
    yield from _unwanted(values, _("调解成功的不填%(what)s。"), "ended_on", "rejection", "failure")
    performance = values.get("performance")
    if values.get("closed_on") and (performance is None or performance in OPEN_PERFORMANCES):
        yield "performance", _("协议尚未履行完毕，不能结案，请核对履行情况。")
    if performance == Dispute.Performance.PARTIAL and not values.get("performance_due_on"):
        yield "performance_due_on", _("部分履行的，请填写履行期限。")
    agreed, due = values.get("agreed_on"), values.get("performance_due_on")
    if agreed and due and due < agreed:
        text = _("履行期限不能早于达成协议日期（%(day)s）。")
        yield "performance_due_on", text % {"day": agreed.isoformat()}
    if performance in {None, *OPEN_PERFORMANCES}:
        yield from _unwanted(values, _("没有履行结果的不填%(what)s。"), "performed_on")


def _check_failure(values: Values) -> Iterator[tuple[str, str]]:
    yield from _wanted(values, _("调解不成的，请填写%(what)s。"), "accepted_on", "ended_on")
    yield from _unwanted(values, _("调解不成的不填%(what)s。"), *AGREEMENT, "rejection")


def _check_mediating(values: Values) -> Iterator[tuple[str, str]]:
    yield from _wanted(values, _("正在调解的，请填写%(what)s。"), "accepted_on")
    yield from _unwanted(
        values, _("正在调解的不填%(what)s。"), *AGREEMENT, "ended_on", "rejection", "failure", "closed_on"
    )


def _check_rejection(values: Values) -> Iterator[tuple[str, str]]:
    yield from _wanted(values, _("不予受理的，请填写%(what)s。"), "ended_on", "rejection")
    yield from _unwanted(values, _("不予受理的不填%(what)s。"), *AGREEMENT, "accepted_on", "failure", "closed_on")


AGREEMENT = ("agreement_form", "agreed_on", "performance", "performed_on", "performance_due_on")
RULES_BY_RESULT = {
    SUCCEEDED: _check_success,
    FAILED: _check_failure,
    MEDIATING: _check_mediating,
    REJECTED: _check_rejection,
}


def _wanted(values: Values, message: str, *names: str) -> Iterator[tuple[str, str]]:
    return ((name, message % {"what": label(name)}) for name in names if values.get(name) is None)


def _unwanted(values: Values, message: str, *names: str) -> Iterator[tuple[str, str]]:
    return ((name, message % {"what": label(name)}) for name in names if values.get(name) is not None)


LABELS = {column.name: column.label for column in COLUMNS}


def label(name: str) -> str:
    """Return the label of a column."""
    return LABELS[name]


# The order of what happens to a case.
DAYS = (
    "registered_on",
    "accepted_on",
    "rights_notice_on",
    "agreed_on",
    "ended_on",
    "performed_on",
    "closed_on",
    "archived_on",
)


def _check_order(values: Values) -> Iterator[tuple[str, str]]:
    latest: tuple[date, str] | None = None
    for name in DAYS:
        on = values.get(name)
        if on is None:
            continue
        if latest is not None and on < latest[0]:
            text = _("%(what)s不能早于%(earlier)s（%(day)s）。")
            yield name, text % {"what": label(name), "earlier": label(latest[1]), "day": latest[0].isoformat()}
        else:
            latest = (on, name)
    first = values.get("accepted_on") or values.get("ended_on")
    if first and values["occurred_on"] > first:
        yield "occurred_on", _("发生日期不能晚于受理日期（%(day)s）。") % {"day": first.isoformat()}
    if values.get("archived_on") and not (values.get("closed_on") and values.get("dossier_pages")):
        yield "archived_on", _("归档的，请填写结案日期和卷宗页数。")
