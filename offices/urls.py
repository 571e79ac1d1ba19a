"""Stub until the pages of accounts are here."""
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path(f"stub/{n}/", lambda request: HttpResponse(), name=n) for n in ("sign_in", "sign_out", "password", "account", "switch_membership", "offices", "people")]
