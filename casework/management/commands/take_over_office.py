"""``manage.py take_over_office GIVER RECEIVER --by NAME``: the records of an office that merges into another one."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casework.taking_over import take_over_office
from offices.models import Level, Office, User


class Command(BaseCommand):
    """Move every record, open and archived, in one transaction."""

    help = "Move every record of one township office to another one. Numbers stay; each history says so."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("giver", type=int, metavar="GIVER", help="id of the office that ends")
        parser.add_argument("receiver", type=int, metavar="RECEIVER", help="id of the office that goes on")
        parser.add_argument("--by", required=True, metavar="NAME", help="user name of who has ordered it")
        parser.add_argument("--paper", default="", help="the decision by which the offices merge")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="default: today")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the units and the person, move, and say how much."""
        offices = Office.objects.filter(level=Level.OFFICE).in_bulk([options["giver"], options["receiver"]])
        person = User.objects.filter(username=options["by"]).first()
        if len(offices) != len({options["giver"], options["receiver"]}) or person is None:
            raise CommandError("no such township office, or nobody of that name")
        giver, receiver = offices[options["giver"]], offices[options["receiver"]]
        on = options["on"] or timezone.localdate()
        try:
            moved = take_over_office(giver=giver, receiver=receiver, user_id=person.pk, on=on, paper=options["paper"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        for code, number in sorted(moved.items()):
            self.stdout.write(f"{number:,} {code}")
        self.stdout.write(f"{giver.name} -> {receiver.name}: {sum(moved.values()):,} records")
