"""Forms of what belongs to a dispute beside its steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import SecretText, fields_of
from casework.forms import PortalForm
from casework.identifiers import IdentifierError, PaperNumber, parse_paper_number
from mediation.models import (
    Agent,
    Escalation,
    Evidence,
    Guardian,
    Investigation,
    Invitee,
    Party,
    PerformanceItem,
    PreventiveEffect,
    ReturnVisit,
    Session,
    Transfer,
    UndisputedFact,
)
from mediation.services.parties import DEFAULT_PAPER
from mediation.workflow.minors import has_full_capacity
from offices.secrecy import UNCHANGED


class PartyChoice(forms.ModelChoiceField):
    """One of the dispute's parties."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Party.objects.none(), empty_label=_("请选择"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Show role and name."""
        return f"{obj.get_role_display()} {obj.name}"


class OfParty(PortalForm):
    """A form about one of the dispute's parties."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = Party.objects.filter(dispute=self.record)  # type: ignore[attr-defined]


class CompanionForm(OfParty):
    """Who stands beside a party: the number is read by its paper, and who bears an opponent's name is asked about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id_kind"].initial = DEFAULT_PAPER
        # Not a field of the row: what the model asks of somebody who bears an opponent's name.
        self.fields["namesake_checked"] = forms.BooleanField(
            label=_("已核实与同名的对方当事人不是同一人"), required=False, help_text=_("只在与对方当事人同名时勾选。")
        )

    def clean(self) -> dict[str, Any]:
        """Read the number by its paper."""
        cleaned = super().clean() or {}
        kind, number = cleaned.get("id_kind") or DEFAULT_PAPER, cleaned.get("id_number")
        self.said: PaperNumber | None = None
        if number and number != UNCHANGED:
            try:
                self.said = parse_paper_number(kind, number, timezone.localdate())
                cleaned["id_number"] = self.said.number
            except IdentifierError as error:
                self.add_error("id_number", str(error))
        elif number and kind != (self.initial.get("id_kind") or DEFAULT_PAPER):
            self.add_error("id_number", _("证件类型改了，请重新填写号码。"))
        cleaned["id_kind"] = kind if number else ""
        return cleaned


@fields_of(Agent, "party name relation id_kind id_number phone powers scope authorised_on")
class AgentForm(CompanionForm):
    """An agent."""

    party = PartyChoice(label=_("委托人"))
    id_number = SecretText(label=_("证件号码"), max_length=40, required=False)


@fields_of(Guardian, "party name relation is_organisation id_kind id_number birth_date is_adult phone")
class GuardianForm(CompanionForm):
    """A guardian, who is of age: by the number, by the birth date, or seen and ticked."""

    party = PartyChoice(label=_("被监护人"))
    id_number = SecretText(label=_("证件号码"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["party"]
        people.queryset = people.queryset.filter(kind=Party.Kind.PERSON)
        today = timezone.localdate()
        people.initial = next((party.pk for party in people.queryset if not has_full_capacity(party, today)), None)
        self.fields["relation"].help_text = _("如父母、配偶、子女；由组织担任的写明依据。")
        self.fields["birth_date"].help_text = _("可由身份证号带出。")

    def clean(self) -> dict[str, Any]:
        """Ask whether somebody whose birth date nobody knows is of age; the model compares it with the number."""
        cleaned = super().clean()
        if cleaned.get("is_organisation"):
            return cleaned
        known = cleaned.get("birth_date") or cleaned.get("is_adult") or (self.said and self.said.birth_date)
        if not known and "birth_date" not in self.errors:
            text = _("监护人应当是成年人：请填写证件号码或出生日期，或者勾选“已核实监护人为成年人”。")
            self.add_error("birth_date", text)
        return cleaned


@fields_of(Invitee, "name capacity unit consented_on")
class InviteeForm(PortalForm):
    """Somebody invited."""


class Recorded(PortalForm):
    """A record of a moment: now, at the committee, by the dispute's recorder."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at_time"].initial = timezone.localtime
        self.fields["recorder"].initial = self.record.recorder if self.record else ""


@fields_of(Investigation, "at_time place person investigators recorder attendees text")
class InvestigationForm(Recorded):
    """An inquiry."""


@fields_of(Session, "at_time place way attendees recorder text result")
class SessionForm(Recorded):
    """A sitting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record:
            self.fields["place"].initial = self.record.committee.site or self.record.committee.title
            self.fields["way"].initial = self.record.way or "face_to_face"
            self.fields["result"].initial = Session.Result.NONE


@fields_of(Evidence, "name kind provider received_on pages is_original proves")
class EvidenceForm(PortalForm):
    """A piece of evidence."""


@fields_of(PerformanceItem, "content debtor amount due_on done_on proof", future="due_on")
class PerformanceItemForm(PortalForm):
    """A thing to be done, and when it was."""


@fields_of(ReturnVisit, "on visited way reason performance satisfaction lawsuit danger measures visitor")
class ReturnVisitForm(PortalForm):
    """A further return visit."""


@fields_of(Transfer, "body_kind body on reason materials receipt_on receiver result")
class TransferRowForm(PortalForm):
    """A transfer, with the receipt that came later."""


@fields_of(UndisputedFact, "on text confirmed")
class UndisputedFactForm(PortalForm):
    """An undisputed fact."""


@fields_of(PreventiveEffect, "kind on persons text")
class EffectForm(PortalForm):
    """What was prevented."""


@fields_of(Escalation, "kind on persons deaths text")
class EscalationForm(PortalForm):
    """What was not."""
