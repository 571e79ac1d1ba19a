"""``manage.py first_admin``: the account that makes all others. It is needed once, on an empty portal."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from offices.models import Level, Membership, Office, User
from offices.permissions import Role
from offices.scoping import system
from offices.services import NewPerson, Post, change_password, create_person

PASSWORD_FILE = "FIRST_ADMIN_PASSWORD_FILE"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Make the first system administrator of the province."""

    help = f"Make the province's first system administrator; the password comes from the terminal or {PASSWORD_FILE}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--username", required=True, help="3 to 40 small letters, digits, dots and dashes")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--force", action="store_true", help="also when the province has an administrator already")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check that the province is there and has no administrator, then make the account."""
        today = timezone.localdate()
        province = Office.objects.on(today).filter(level=Level.PROVINCE).first()
        if province is None:
            raise CommandError("there are no offices yet: run manage.py import_offices first")
        posts = Membership.objects.active(today).filter(role=Role.SYSTEM_ADMIN, office=province)
        if posts.exists() and not options["force"]:
            raise CommandError("the province has a system administrator already; --force makes one more")
        post = Post(office=province, role=Role.SYSTEM_ADMIN, valid_from=today)
        person = NewPerson(username=options["username"], name=options["name"], post=post)
        password = self._password(User(username=options["username"], name=options["name"]))
        try:
            with system("first_admin"), transaction.atomic():
                user = create_person(person=person, by=None).user
                change_password(person=user, password=password)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(f"{user.username} administers {province.name}")

    def _password(self, user: User) -> str:
        if path := os.environ.get(PASSWORD_FILE):
            try:
                password = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise CommandError(f"{PASSWORD_FILE} names {path}, which cannot be read: {error.strerror}") from error
        elif sys.stdin.isatty():
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("The same again: "):
                raise CommandError("the two passwords differ")
        else:
            raise CommandError(f"there is no terminal to ask for the password: set {PASSWORD_FILE}")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        return password
