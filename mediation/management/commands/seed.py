"""``manage.py seed``: demo accounts and fictitious disputes of three sizes. The same seed makes the same data."""

from __future__ import annotations

import time
from argparse import SUPPRESS, ArgumentParser
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from casework.calendars import load_work_calendar
from casework.models import CodeValue, DeadlineRule
from casework.workdays import add_months
from mediation.demo import accounts, loading
from mediation.demo.days import Days, Limit
from mediation.demo.deeds import World
from mediation.demo.desk import furnish
from mediation.demo.plan import PORTAL_START, SCALES, OfficePlan, Scale, VillagePlan, plan_committees, spread
from mediation.demo.units import change_units
from mediation.models import Dispute
from offices.models import Level, Office, Village
from offices.scoping import system

OWNER = "owner"


class Command(BaseCommand):
    """Fill an empty portal with demo data."""

    help = "Make demo accounts and fictitious disputes, as the database's owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; the hidden ones make tiny data for tests."""
        parser.add_argument("--scale", choices=list(SCALES), default="small")
        parser.add_argument("--seed", type=int, default=20220101, help="another number makes other data")
        parser.add_argument("--accounts", type=Path, metavar="FILE", help="default: the setting DEMO_ACCOUNTS_FILE")
        parser.add_argument("--offices", type=int, default=0, help=SUPPRESS)
        parser.add_argument("--months", type=int, default=0, help=SUPPRESS)
        parser.add_argument("--mean", type=int, default=0, help=SUPPRESS)
        parser.add_argument("--today", type=date.fromisoformat, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, load in one transaction, tidy, recount."""
        if OWNER not in settings.DATABASES:
            raise CommandError("seed works as the database's owner: set DATABASE_OWNER_URL.")
        self.began = time.monotonic()
        scale, seed = SCALES[options["scale"]], options["seed"]
        today = options["today"] or timezone.localdate()
        with system("seed", using=OWNER):
            if Dispute.objects.using(OWNER).exists():
                raise CommandError("there are disputes already: seed fills an empty portal only.")
            offices = plan_offices(scale, most=options["offices"])
            if not offices:
                raise CommandError("there are no offices yet: run manage.py import_offices first.")
            scale = adapt(scale, mean=options["mean"], months=options["months"])
            self._load(offices, scale, make_world(scale, seed, today), options["accounts"])
        if scale.desk:
            self.say(f"furnishing {furnish(today)} desks")
            self.say(f"changing units: {change_units(timezone.localdate())} drafts")
        size = loading.tidy(OWNER)
        self.say(f"the database takes {size / 1e9:.2f} GB; recounting the figures")
        connections[OWNER].close()
        call_command("recount")
        self.say("reading the records for the search")
        call_command("reindex_search", rebuild=True, stdout=self.stdout)
        self.say("done")

    def _load(self, offices: list[OfficePlan], scale: Scale, world: World, path: Path | None) -> None:
        spread(offices, scale, world.seed)
        for office in offices:
            plan_committees(office, scale, world.seed)
        made = accounts.make_accounts(offices, world.seed, using=OWNER)
        accounts.staff_offices(offices, world.seed, using=OWNER)
        total = sum(office.count for office in offices)
        self.say(
            f"making {total:,} disputes in {len(offices)} offices, {world.days.worked[0]} to {world.days.worked[-1]}"
        )
        with connections[OWNER].cursor() as cursor:
            with loading.put_aside(cursor, rebuild=total >= loading.WORTH_WHILE):
                loading.load_committees(cursor, offices, world.seed)
                counts = loading.load_disputes(cursor, offices, world, self.say)
                self.say("building indexes and checking keys")
            loading.note_in_audit(cursor, {"seed": world.seed, "today": str(world.today), "rows": counts})
        self.say(", ".join(f"{count:,} {table.partition('_')[2]}" for table, count in counts.items()))
        # Written before the commit: data whose passwords nobody knows would be of no use.
        if path := path or (Path(settings.DEMO_ACCOUNTS_FILE) if settings.DEMO_ACCOUNTS_FILE else None):
            accounts.write_accounts(path, made)
            self.say(f"{len(made)} accounts in {path}")

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {text}")
        self.stdout.flush()


def adapt(scale: Scale, *, mean: int, months: int) -> Scale:
    """Return the scale with the sizes that a test asks for."""
    if mean:
        scale = replace(scale, mean=mean, total=0, bounds=(max(1, mean // 2), mean * 2))
    return replace(scale, months=months) if months else scale


def plan_offices(scale: Scale, *, most: int = 0) -> list[OfficePlan]:
    """Return the offices that get data, in the order of their codes; those without a village cannot register anything.

    Where the counties of the scale are unknown (another province's tree), the first two counties stand in.
    """
    known = Office.objects.using(OWNER).filter(level=Level.OFFICE, valid_to=None)
    found = known.select_related("county", "city").order_by("code", "id")
    if scale.counties:
        codes = list(scale.counties)
        if not found.filter(county__code__in=codes).exists():
            codes = list(found.order_by("county__code").values_list("county__code", flat=True).distinct()[:2])
        found = found.filter(county__code__in=codes)
    villages = defaultdict(list)
    for village in Village.objects.using(OWNER).filter(valid_to=None).order_by("code", "id"):
        villages[village.office_id].append(VillagePlan(village.pk, village.short_name))
    offices = [_plan(office, tuple(villages[office.pk])) for office in found if villages[office.pk]]
    return offices[:most] if most else offices


def _plan(office: Office, villages: tuple[VillagePlan, ...]) -> OfficePlan:
    assert office.county
    assert office.city
    return OfficePlan(
        id=office.pk,
        county_id=office.county.pk,
        city_id=office.city.pk,
        code=office.code,
        area=office.area_name,
        address=f"{office.county.area_name}{office.area_name}",
        villages=villages,
    )


def make_world(scale: Scale, seed: int, today: date) -> World:
    """Return what all offices share; yesterday is the last day on which anything has happened."""
    start = add_months(today.replace(day=1), -scale.months) if scale.months else PORTAL_START
    rules = DeadlineRule.objects.using(OWNER).filter(code__startswith="mediation.").order_by("valid_from")
    limits = {rule.code: Limit(rule.amount, rule.unit, rule.rolls) for rule in rules}
    days = Days(start, today - timedelta(days=1), load_work_calendar(using=OWNER), limits)
    tables = ["mediation.type", "mediation.rejection"]
    labels = CodeValue.objects.using(OWNER).filter(table__in=tables).values_list("code", "name")
    return World(seed=seed, today=today, days=days, labels=dict(labels), desk=scale.desk)
