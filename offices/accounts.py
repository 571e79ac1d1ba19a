"""Sign-in behind one adapter, so that a provincial single sign-on or a certificate key can replace the password."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from offices.models import User

CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")


class PasswordBackend(BaseBackend):
    """Recognise a person by user name and password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **other: Any
    ) -> User | None:
        """Return the account, or None; an unknown name costs the same time as a wrong password."""
        if not username or password is None:
            return None
        user = User.objects.filter(username__iexact=username.strip()).first()
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Return an account that is not suspended: a suspension ends every session with the next request."""
        return User.objects.filter(pk=user_id, is_active=True).first()


class CharacterClassValidator:
    """Ask for three of four kinds of characters (GB/T 22239-2019, 8.1.4.1 a)."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when fewer than three kinds occur."""
        if sum(bool(re.search(pattern, password)) for pattern in CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        """Return the rule in the user's words."""
        return _("密码须包含大写字母、小写字母、数字、符号中的三种。")
