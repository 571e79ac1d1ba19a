"""Stub until the pages of reports are here."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path(f"stub2/{n}/", lambda request: HttpResponse(), name=n) for n in ("dashboard", "reports")]
