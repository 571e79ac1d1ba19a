"""What no generic view can give: a number checked and duplicates looked for while one types, an agreement in a minute."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework import lines
from casework.codes import code_label
from casework.form_fields import EARLIEST_BIRTH, PortalDateField
from casework.forms import PortalForm
from casework.identifiers import IdentifierError, PaperNumber, parse_credit_code, parse_paper_number, parse_phone
from casework.lines import RecordType
from casework.models import Record
from casework.views.entry import FormPage
from mediation.forms.oral import OralForm
from mediation.likeness import MOST_PARTIES, Similar, disputes_of_person, open_elsewhere, similar_disputes
from mediation.models import LINE, Dispute, Mediator, Party
from mediation.services.oral import register_oral_agreement
from mediation.services.parties import DEFAULT_PAPER, SEXES
from offices.permissions import Action
from offices.views.base import ActionView


class CheckIdentifier(ActionView):
    """Say whether a number is right, whom it describes, and how often the person stands in one's own register."""

    action = Action.OPEN_RECORD
    line = LINE

    def post(self, request: HttpRequest) -> JsonResponse:
        """Answer with a message beside the field. Nothing is said of other offices."""
        text = request.POST.get("value", "")[:100]
        try:
            if request.POST.get("kind") == Party.Kind.ORGANISATION:
                return JsonResponse({"value": parse_credit_code(text)})
            found = parse_paper_number(request.POST.get("id_kind") or DEFAULT_PAPER, text, timezone.localdate())
        except IdentifierError as error:
            return JsonResponse({"error": str(error)}, status=422)
        earlier = disputes_of_person(found.number)
        notice = ngettext("此人在本所已有 %(n)d 件登记。", "此人在本所已有 %(n)d 件登记。", earlier) % {"n": earlier}
        described, fill = _described(found)
        return JsonResponse(
            {"value": found.number, "message": described, "fill": fill, "notice": notice if earlier else ""}
        )


def _described(found: PaperNumber) -> tuple[str, dict[str, str]]:
    """Return what a number says of its holder, in words and as the fields of the page; nothing for most papers."""
    party = Party(birth_date=found.birth_date, sex=SEXES[found.sex] if found.sex else Party.Sex.UNKNOWN)
    if party.birth_date is None:
        return "", {}
    words = {"age": party.age_on(timezone.localdate()), "day": party.birth_date}
    fill = {"birth_date": party.birth_date.isoformat()}
    if not found.sex:
        return _("已带出：%(age)d 岁，%(day)s 出生") % words, fill
    told = words | {"sex": party.get_sex_display()}
    return _("已带出：%(sex)s，%(age)d 岁，%(day)s 出生") % told, fill | {"sex": party.sex}


class SimilarDisputes(ActionView):
    """Show which registered disputes may be the one that is being typed. It never stops anybody."""

    action = Action.OPEN_RECORD
    line = LINE

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with a part of the page, empty when nothing is similar."""
        asked = _typed(request.POST)
        rows = [
            {
                "ref": dispute.public_id,
                "title": dispute.title,
                "url": reverse("disputes:detail", args=[dispute.public_id]),
                "why": why,
                "line": " · ".join([dispute.number or _("未编号"), dispute.registered_on.isoformat()]),
                "type": code_label("mediation.type", dispute.dispute_type),
            }
            for dispute, why in similar_disputes(asked, timezone.localdate())
        ]
        context = {"similar": rows, "elsewhere": open_elsewhere(asked.numbers)}
        return render(request, "mediation/_similar.html", context)


def _typed(posted: QueryDict) -> Similar:
    """Return what of a half-typed form can be compared: right numbers, names, village, place, type."""
    parties = [
        _typed_party(posted, place) for place in range(MOST_PARTIES) if not posted.get(f"parties-{place}-DELETE")
    ]
    village = posted.get("village", "")

    def known(party: dict[str, Any]) -> bool:
        return bool(party["number"] or party["code"])

    return Similar(
        numbers=tuple(party["number"] for party in parties if party["number"]),
        codes=tuple(party["code"] for party in parties if party["code"]),
        names=tuple(party["name"] for party in parties if len(party["name"]) > 1),
        born=tuple(
            (party["name"], party["born"], known(party)) for party in parties if party["name"] and party["born"]
        ),
        reached=tuple(
            (party["name"], party["phone"], known(party)) for party in parties if party["name"] and party["phone"]
        ),
        village=int(village) if village.isdecimal() and len(village) < 10 else None,
        place=posted.get("place", "").strip()[:100],
        dispute_type=posted.get("dispute_type", "")[:24],
    )


def _typed_party(posted: QueryDict, place: int) -> dict[str, Any]:
    """Return what of one block can be compared; what is not right yet is left out."""

    def given(name: str, most: int = 40) -> str:
        return posted.get(f"parties-{place}-{name}", "").strip()[:most]

    found: dict[str, Any] = {"name": given("name", 100), "number": "", "code": "", "phone": "", "born": None}
    today = timezone.localdate()
    with suppress(IdentifierError):
        found["phone"] = parse_phone(given("phone"))
    with suppress(IdentifierError):
        if given("kind") == Party.Kind.ORGANISATION:
            return found | {"code": parse_credit_code(given("identifier"))}
        paper = parse_paper_number(given("id_kind") or DEFAULT_PAPER, given("identifier"), today)
        found |= {"number": paper.number, "born": paper.birth_date}
    with suppress(ValidationError):
        found["born"] = found["born"] or PortalDateField(earliest=EARLIEST_BIRTH).clean(given("birth_date") or None)
    return found


class RegisterOral(FormPage):
    """Register an oral agreement that was reached and, as a rule, performed on the spot."""

    action = Action.HANDLE_RECORD
    title = gettext_lazy("口头协议快登")
    submit_label = gettext_lazy("提交登记")

    @property
    def record_type(self) -> RecordType:  # type: ignore[override]  # the pages of a type are given theirs
        """Disputes."""
        return lines.record_type(Dispute.record_type())

    def make_form(self, data: QueryDict | None) -> PortalForm:
        """Return the form with today, and with the mediator where the office has one only."""
        only = list(Mediator.objects.filter(state="serving").values_list("pk", flat=True)[:2])
        initial: dict[str, Any] = {"on": timezone.localdate()}
        if len(only) == 1:
            initial["mediator"] = only[0]
        return OralForm(data, initial=initial)

    def do(self, form: PortalForm) -> Record:
        """Take every step at once."""
        return register_oral_agreement(actor=self.request.membership, **form.cleaned_data)
