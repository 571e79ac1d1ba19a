"""What no generic view can give: a number checked and duplicates looked for while one types, an agreement in a minute."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from casework import lines
from casework.codes import code_label
from casework.forms import PortalForm
from casework.identifiers import IdentifierError, parse_credit_code, parse_resident_id
from casework.lines import RecordType
from casework.models import Record
from casework.views.entry import FormPage
from mediation.forms.oral import OralForm
from mediation.models import LINE, Dispute, Mediator, Party
from mediation.selectors import Similar, disputes_of_person, open_elsewhere, similar_disputes
from mediation.services.disputes import SEXES
from mediation.services.oral import register_oral_agreement
from offices.permissions import Action
from offices.secrecy import normalise_identifier
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
            found = parse_resident_id(text, timezone.localdate())
        except IdentifierError as error:
            return JsonResponse({"error": str(error)}, status=422)
        party = Party(birth_date=found.birth_date, sex=SEXES[found.sex])
        words = {"sex": party.get_sex_display(), "age": party.age_on(timezone.localdate()), "day": found.birth_date}
        earlier = disputes_of_person(normalise_identifier(text))
        notice = ngettext("此人在本所已有 %(n)d 件登记。", "此人在本所已有 %(n)d 件登记。", earlier) % {"n": earlier}
        return JsonResponse(
            {
                "value": found.number,
                "message": _("已带出：%(sex)s，%(age)d 岁，%(day)s 出生") % words,
                "notice": notice if earlier else "",
            }
        )


MOST_PARTIES = 12


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
    """Return what of a half-typed form can be compared: right ID numbers, names, village, place, type."""
    names, numbers = [], []
    for place in range(MOST_PARTIES):
        if posted.get(f"parties-{place}-DELETE"):
            continue
        if name := posted.get(f"parties-{place}-name", "").strip()[:100]:
            names.append(name)
        try:
            found = parse_resident_id(posted.get(f"parties-{place}-identifier", "")[:40], timezone.localdate())
        except IdentifierError:
            continue
        numbers.append(found.number)
    village = posted.get("village", "")
    return Similar(
        numbers=tuple(numbers),
        names=tuple(name for name in names if len(name) > 1),
        village=int(village) if village.isdecimal() and len(village) < 10 else None,
        place=posted.get("place", "").strip()[:100],
        dispute_type=posted.get("dispute_type", "")[:24],
    )


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
