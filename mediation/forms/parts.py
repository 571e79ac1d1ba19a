"""Forms of what belongs to a dispute beside its steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from casework.form_fields import fields_of
from casework.forms import PortalForm
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


@fields_of(Agent, "party name relation id_number phone powers scope authorised_on")
class AgentForm(OfParty):
    """An agent."""

    party = PartyChoice(label=_("委托人"))


@fields_of(Guardian, "party name relation id_number phone")
class GuardianForm(OfParty):
    """A guardian."""

    party = PartyChoice(label=_("被监护人"))


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
