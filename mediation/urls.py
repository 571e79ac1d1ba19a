"""Addresses of the line's own pages."""

from django.urls import path

from mediation.views import CheckIdentifier

urlpatterns = [path("_hx/identifier/", CheckIdentifier.as_view(), name="check_identifier")]
