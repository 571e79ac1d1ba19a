"""What lies on the demo clerks' desks beside their disputes: made by the same services as a clerk's own work."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import permutations
from typing import Any

from django.utils import timezone

from casework import correction_requests, corrections, handovers
from casework.history import steps_of
from casework.identifiers import parse_paper_number, resident_id_check_char
from casework.lines import RecordType
from casework.models import CorrectionRequest, Handover, Record
from casework.openings import Opening, find_opening
from casework.parts import add_part
from mediation.declarations.alerts import ALERT_TYPE
from mediation.declarations.confirmations import CONFIRMATION_TYPE
from mediation.declarations.disputes import DISPUTE
from mediation.declarations.organisations import CENTER_TYPE, COMMITTEE_TYPE, MEDIATOR_TYPE
from mediation.declarations.reviews import REVIEW_TYPE
from mediation.declarations.screening import FINDING_TYPE
from mediation.demo.people import NO_AREA
from mediation.models import (
    Dispute,
    JudicialConfirmation,
    MediationCommittee,
    Mediator,
    OneStopCenter,
    RiskAlert,
    ScreeningFinding,
    ScreeningRound,
)
from mediation.services import alerts, confirmations, disputes, mediators, organisations, reviews, screening
from offices.models import Membership, Village
from offices.scoping import within

DESKS = ("clerk", "sibling")
FINDINGS = (
    ("孙大勇与周桂兰", "neighbourhood", "门前堆放柴草挡住通道，两家多次争吵。", "yellow"),
    ("马占奎与赵二喜", "forest_land", "承包地界桩被移动，双方各执一词。", "yellow"),
    ("高秀英与高志强", "marriage_family", "老人赡养费用分摊不均，兄妹失和。", ""),
    ("李兆祥与刘春生", "house_homestead", "翻建房屋滴水檐越界。", "orange"),
)
OFFERED = (
    ("residence", "被申请人已迁居%s，申请人同意由当地调解。"),
    ("territory", "经现场核实，争议地块位于%s辖区。"),
)
RESIDENTS = (("police_station", "派出所"), ("court", "人民法庭"), ("lawyer", "律师值班室"))


def furnish(today: date) -> int:
    """Furnish the desks of the demo clerks; return how many."""
    posts = Membership.objects.filter(user__username__in=DESKS, role="office_clerk", valid_until=None)
    found = list(posts.select_related("office", "user"))
    for clerk in found:
        with within(clerk, source="system:seed"):
            Desk(clerk, today).furnish()
        refuse_the_last(clerk)
    for clerk in found:
        follow_up(clerk, today)
    for giver, receiver in permutations(found, 2):
        exchange(giver, receiver, today)
    return len(found)


def follow_up(clerk: Membership, today: date) -> None:
    """Let the county acknowledge the older of the office's alerts, and the office follow it up."""
    posts = Membership.objects.filter(role="county_reviewer", office=clerk.office.county, valid_until=None)
    reviewer = posts.select_related("office", "user").first()
    if reviewer is None:
        return
    with within(reviewer, source="system:seed"):
        waiting = RiskAlert.objects.filter(office=clerk.office, state="reported").order_by("raised_at")
        alert = waiting.first() if len(waiting[:2]) > 1 else None
        if alert is None:
            return
        alert = alerts.acknowledge_alert(
            record=alert, actor=reviewer, on=today - timedelta(days=1), note="请派出所共同稳控。"
        )
    with within(clerk, source="system:seed"):
        told = {
            "reported_to": ["petition"],
            "reported_at": alert.acknowledged_at,
            "content": "涉及上访苗头，通报信访部门。",
        }
        add_part(part_type=ALERT_TYPE.part("report_record"), record=alert, actor=clerk, values=told)
        alerts.track_alert(record=alert, actor=clerk, on=today, note="双方已分开居住，情绪平稳，约定三日后再调。")


def refuse_the_last(clerk: Membership) -> None:
    """Let the county's reviewer refuse the last request to void a record of a clerk's office."""
    county = clerk.office.county
    reviewers = Membership.objects.filter(office=county, role="county_reviewer", valid_until=None)
    reviewer = reviewers.select_related("office", "user").first()
    if reviewer is None:
        return
    with within(reviewer, source="system:seed"):
        asked = CorrectionRequest.objects.filter(office=clerk.office, kind="void", state="waiting").order_by("-id")
        if request := asked.first():
            reason = "自行和解的，请登记“不予受理”，不属于登记错误。"
            correction_requests.refuse(request=request, actor=reviewer, reason=reason)


def opening_of(record_type: RecordType, source: Record) -> Opening:
    """Return what the page finds that opens a record of a type out of another one."""
    return find_opening(record_type, f"{source.record_type()}/{source.public_id}")


def exchange(giver: Membership, receiver: Membership, today: date) -> None:
    """Offer one office's cases to the other one: the newest has been taken over, the one before it waits."""
    offers = []
    with within(giver, source="system:seed"):
        # What has just come in stays.
        cases = Dispute.objects.filter(state__in=["accepted", "mediating"], registered_on__lt=today)
        cases = cases.exclude(pk__in=Handover.objects.values("record_id"))
        for case, (ground, reason) in zip(cases.order_by("-registered_on", "-pk"), OFFERED, strict=False):
            given: dict[str, Any] = {"ground": ground, "on": today, "reason": reason % receiver.office.area_name}
            offers.append(handovers.offer(record=case, actor=giver, to=receiver.office, **given))
    with within(receiver, source="system:seed"):
        desk = Desk(receiver, today)
        for offer in offers[:1]:
            named = {"mediators": [desk.mediator]} if offer.record_state == "mediating" else {}
            place = {"committee": desk.committee, "village": desk.villages[0]}
            handovers.accept(handover=offer, actor=receiver, on=today, **place, **named)


class Desk:
    """One clerk's desk. Everything on it lies within the last weeks before ``today``."""

    def __init__(self, clerk: Membership, today: date) -> None:
        """Look up what the office has."""
        self.clerk, self.today = clerk, today
        self.villages = list(Village.objects.filter(office=clerk.office, valid_to=None).order_by("code"))
        self.committee = MediationCommittee.objects.filter(kind__in=("township", "subdistrict")).earliest("pk")
        self.mediator = Mediator.objects.filter(committee=self.committee, state="serving").earliest("pk")

    def before(self, days: int) -> date:
        """Return a day so many days before today."""
        return self.today - timedelta(days=days)

    def furnish(self) -> None:
        """Put everything on the desk."""
        self.registers()
        self.extend()
        self.screening()
        self.warn()
        if applied := self.confirm():
            self.put_right(applied)
        self.protect()
        self.look_back()
        self.ask_to_void()

    def registers(self) -> None:
        """Open a centre with its units and visitors, and a studio; note courses and allowances."""
        area = self.clerk.office.area_name
        given: dict[str, Any] = {"actor": self.clerk, "registered_on": self.before(60)}
        center = organisations.open_center(
            title=f"{area}一站式矛盾纠纷调解中心",
            host=self.clerk.office.name,
            windows=4,
            opened_on=self.before(400),
            **given,
        )
        for kind, name in RESIDENTS:
            self.part(
                CENTER_TYPE, center, "resident", kind=kind, name=f"{area}{name}", since=self.before(390), people=1
            )
        for number in range(1, 8):
            values = {"visitors": 6 + number, "taken": 3, "diverted": 1, "settled": 2}
            self.part(CENTER_TYPE, center, "reception", on=self.before(number), **values)
        organisations.open_studio(
            title=f"{self.mediator.title}调解工作室",
            committee=self.committee,
            leader=self.mediator,
            established_on=self.before(300),
            speciality="婚姻家庭、邻里纠纷",
            **given,
        )
        self.promote()
        topic = {"topic": "民法典与调解技巧", "organiser": "县司法局", "hours": 4}
        self.part(COMMITTEE_TYPE, self.committee, "course", on=self.before(20), **topic)
        self.part(MEDIATOR_TYPE, self.mediator, "training", on=self.before(20), **topic)
        self.part(MEDIATOR_TYPE, self.mediator, "allowance", on=self.before(10), kind="by_case", cases=5, amount=50_000)

    def promote(self) -> None:
        """Make a plain member of the committee its deputy director."""
        plain = Mediator.objects.filter(committee=self.committee, state="serving", position="").order_by("pk").first()
        if plain is not None:
            organisations.change_post(
                record=plain, actor=self.clerk, on=self.before(15), kind=plain.kind, position="deputy", paper="推选决定"
            )

    def look_back(self) -> None:
        """Begin the review of a case that had been closed and turned criminal; the county has still to conclude."""
        ended = Dispute.objects.filter(state__in=("closed", "archived"), registered_on__lt=self.before(60))
        dispute = ended.order_by("-registered_on", "-pk").first()
        if dispute is None:
            return
        crime = {"kind": "crime", "on": self.before(6), "persons": 2, "deaths": 0, "text": "酒后再起争执，持械伤人。"}
        self.part(DISPUTE, dispute, "escalation", **crime)
        review = reviews.open_review(
            actor=self.clerk,
            registered_on=self.before(5),
            source_record=dispute,
            event="双方酒后再起争执，一方持械致另一方轻伤，公安机关已立案。",
        )
        opening_of(REVIEW_TYPE, dispute).done(review, self.clerk)
        reviews.account_for_review(
            record=review,
            actor=self.clerk,
            on=self.before(3),
            account="结案后按期回访一次，未发现激化苗头；回访以后没有再走访。",
        )

    def extend(self) -> None:
        """Extend the time of the case that has most of it left, as both parties have asked in writing."""
        running = Dispute.objects.filter(state="mediating", due_on__gte=self.today, accepted_on__lt=self.today)
        dispute = running.order_by("due_on", "pk").last()
        if dispute is None or dispute.due_on is None:
            return
        disputes.extend_limit(
            record=dispute,
            actor=self.clerk,
            on=self.today,
            paper="延长调解期限申请书",
            until=dispute.due_on + timedelta(days=15),
            both_consent=True,
            note="需等待鉴定意见。",
        )

    def part(
        self, of: Any, record: OneStopCenter | Mediator | MediationCommittee | Dispute, code: str, **values: Any
    ) -> None:
        """Add a part to a record."""
        add_part(part_type=of.part(code), record=record, actor=self.clerk, values=values)

    def screening(self) -> None:
        """Leave a finished round, and one that runs with what it has found so far."""
        done = self.round("monthly", self.before(25))
        screening.finish_round(record=done, actor=self.clerk, on=self.before(24), note="未发现重大隐患。")
        running = self.round("weekly", self.before(3))
        found = [self.finding(running, number) for number in range(len(FINDINGS))]
        screening.settle_finding(
            record=found[0], actor=self.clerk, on=self.before(2), note="村调解员当场劝和，已清理。"
        )
        screening.watch_finding(record=found[3], actor=self.clerk, on=self.before(2), note="包村干部每日走访。")
        self.hand_over(found[1])

    def round(self, kind: str, on: date) -> ScreeningRound:
        """Begin a round in the first villages."""
        visits = [
            {"village": village, "on": on, "households": 18 + number, "persons": 40 + number}
            for number, village in enumerate(self.villages[:5])
        ]
        return screening.open_round(
            actor=self.clerk, registered_on=on, kind=kind, started_on=on, organiser=self.clerk.user.name, visits=visits
        )

    def finding(self, running: ScreeningRound, number: int) -> ScreeningFinding:
        """Enter what a round has found."""
        people, kind, brief, level = FINDINGS[number]
        finding = screening.report_finding(
            actor=self.clerk,
            registered_on=self.before(3),
            source_record=running,
            village=self.villages[number % len(self.villages)],
            found_on=self.before(3),
            people=people,
            dispute_type=kind,
            brief=brief,
            level=level,
        )
        opening_of(FINDING_TYPE, running).done(finding, self.clerk)
        return finding

    def hand_over(self, finding: ScreeningFinding) -> None:
        """Hand a finding to mediation, as the opening form does."""
        opening = opening_of(DISPUTE, finding)
        fields, parties = opening.carried()
        dispute = disputes.register_dispute(
            actor=self.clerk,
            registered_on=self.before(1),
            parties=[{"kind": "person", **party} for party in parties or ()],
            **fields | {"village": finding.village, "committee": self.committee},
        )
        opening.done(dispute, self.clerk)

    def warn(self) -> None:
        """Raise alerts about two cases in mediation, reported to the county, and note what was done about the first."""
        cases = list(Dispute.objects.filter(state="mediating").order_by("-accepted_on", "-pk")[:2])
        for days, (dispute, level) in enumerate(zip(cases, ("orange", "yellow"), strict=False), start=1):
            self.alert(dispute, level, self.before(days))
        for dispute in cases[:1]:
            picture = {"name": "现场照片", "kind": "picture", "provider": "村委会", "received_on": self.before(1)}
            self.part(DISPUTE, dispute, "evidence", pages=3, **picture)
            guest = {"name": "王长顺", "capacity": "neighbour", "unit": "本村", "consented_on": self.before(1)}
            self.part(DISPUTE, dispute, "invitee", **guest)

    def alert(self, dispute: Dispute, level: str, on: date) -> None:
        """Raise an alert on a day and report it on the same day."""
        raised_at = timezone.make_aware(datetime.combine(on, time(9, 20)))
        alert = alerts.raise_alert(
            actor=self.clerk,
            registered_on=on,
            source_record=dispute,
            level=level,
            triggers=["threat", "alcohol"],
            situation="被申请人酒后扬言报复，家属反映其情绪不稳。",
            measure="已通知包村民警上门，调解员分头稳控。",
            responsible=self.mediator.title,
            raised_at=raised_at,
            follow_up_days=2,
        )
        opening_of(ALERT_TYPE, dispute).done(alert, self.clerk)
        told = timezone.make_aware(datetime.combine(on, time(9, 50)))
        alerts.report_alert(
            record=alert, actor=self.clerk, on=on, reported_at=told, reported_to=["police_station", "township"]
        )

    def protect(self) -> None:
        """Take a child's case as far as mediation: the guardian is named before, and takes part."""
        on = self.before(4)
        body = f"{NO_AREA}{self.today.year - 12}0512{'034' if self.clerk.user.username == DESKS[0] else '052'}"
        child = {
            "role": "applicant",
            "kind": "person",
            "name": "周雨桐",
            "id_kind": "household",
            "identifier": parse_paper_number("household", body + resident_id_check_char(body), self.today),
            "occupation": "学生",
        }
        school = {"role": "respondent", "kind": "organisation", "name": f"{self.clerk.office.area_name}中心小学"}
        case: dict[str, Any] = {
            "parties": [child, school | {"organisation_kind": "institution", "representative": "宋明德"}],
            "dispute_type": "damages",
            "village": self.villages[0],
            "committee": self.committee,
            "occurred_on": self.before(6),
            "source": "on_application",
            "place": "学校操场",
            "brief": "学生课间在操场摔伤，双方就医药费如何负担意见不一。",
            "amount": 260_000,
        }
        dispute = disputes.register_dispute(actor=self.clerk, registered_on=on, **case)
        ward = dispute.parties.get(position=1)
        self.part(DISPUTE, dispute, "guardian", party=ward, name="周建国", relation="父女", is_adult=True)
        dispute = disputes.accept_dispute(record=dispute, actor=self.clerk, on=on)
        given: dict[str, Any] = {"actor": self.clerk, "on": self.before(3)}
        dispute = mediators.assign_mediators(
            record=dispute, mediators=[self.mediator], chosen_by_parties=True, namesakes_checked=True, **given
        )
        disputes.begin_mediation(record=dispute, rights_notice_on=self.before(3), **given)

    def confirm(self) -> JudicialConfirmation | None:
        """Apply for the confirmation of a fresh agreement, where there is one."""
        fresh = Dispute.objects.filter(state="agreed_written", effective_on__gte=self.before(25))
        dispute = fresh.order_by("effective_on").first()
        if dispute is None:
            return None
        confirmation = confirmations.plan_confirmation(
            actor=self.clerk,
            registered_on=self.before(1),
            source_record=dispute,
            court=f"{self.clerk.office.county.area_name if self.clerk.office.county else ''}人民法院",
            court_ground="committee",
            matters=[],
        )
        opening_of(CONFIRMATION_TYPE, dispute).done(confirmation, self.clerk)
        return confirmations.apply_for_confirmation(
            record=confirmation, actor=self.clerk, on=self.today, paper="司法确认申清书", jointly=True
        )

    def put_right(self, applied: JudicialConfirmation) -> None:
        """Correct the misspelt paper of an application, and ask to take the application back."""
        step = steps_of(applied)[-1]
        given: dict[str, Any] = {"on": step.on, "paper": "司法确认申请书", "reason": "文书名称有错字"}
        corrections.correct_step(record=applied, actor=self.clerk, event_id=step.event.pk, **given)
        correction_requests.ask(
            record=applied, actor=self.clerk, kind="take_back", reason="申请书尚未递交人民法院，提前登记了。"
        )

    def ask_to_void(self) -> None:
        """Ask to void two registrations: one was entered twice, of the other the county will say that it was not."""
        # Nothing has come out of these, and what was handed over is counted by two offices.
        lone = Dispute.objects.filter(state__in=["registered", "rejected", "failed"])
        lone = lone.exclude(pk__in=Handover.objects.values("record_id"))
        twice = list(lone.order_by("-registered_on", "-pk")[:2])
        reasons = ("与同日登记的一件重复。", "当事人称已自行和解。")
        for dispute, reason in zip(twice, reasons, strict=False):
            correction_requests.ask(record=dispute, actor=self.clerk, kind="void", reason=reason)
