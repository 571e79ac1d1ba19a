"""The one page that no generic view can give: checking a party's number while it is typed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from casework.identifiers import IdentifierError, parse_credit_code, parse_resident_id
from mediation.models import LINE, Party
from mediation.selectors import disputes_of_person
from mediation.services.disputes import SEXES
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
