"""Papers of the beginning: application, registration, rights and duties, identity, authority."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from casework.models import Attachment
from mediation.documents.context import BEFORE_END, Context, paper_of_dispute, row_of
from mediation.models import Agent, Dispute

AGENT_FIELDS = ("name", "relation", "id_kind", "id_number", "powers", "scope", "authorised_on")


def notice(dispute: Dispute) -> Context:
    """Return when the parties were told of their rights and duties."""
    return {"rights_notice_on": dispute.rights_notice_on}


def copies(dispute: Dispute) -> Context:
    """Return the attached copies that prove who the parties are."""
    files = Attachment.objects.filter(
        record_type=dispute.record_type(), record_id=dispute.pk, paper="identity", void_reason=""
    )
    return {"copies": [{"name": file.name, "at": file.at} for file in files]}


def agents(dispute: Dispute) -> Context:
    """Return the agents with those for whom they act; their telephone is not masked, as the parties' is not."""
    found = Agent.objects.filter(dispute=dispute).select_related("party")
    return {
        "agents": [
            {
                **row_of(agent, *AGENT_FIELDS),
                "phone": agent.phone or "",
                "party": agent.party.name,
                "is_special": agent.powers == Agent.Powers.SPECIAL,
            }
            for agent in found
        ]
    }


OPENING = (
    paper_of_dispute("application", _("人民调解申请书"), states=BEFORE_END),
    paper_of_dispute(
        "registration",
        _("人民调解受理登记表"),
        states=BEFORE_END,
        template="print/mediation/registration_form.html",
    ),
    paper_of_dispute("rights_notice", _("人民调解当事人权利义务告知书"), notice, states=BEFORE_END),
    paper_of_dispute("identity", _("当事人身份证明"), copies, states=BEFORE_END),
    paper_of_dispute("authority", _("授权委托书"), agents, states=BEFORE_END),
)
