"""Addresses of the line's own pages."""

from django.urls import path

from mediation.views import CheckIdentifier, SimilarDisputes

urlpatterns = [
    path("_hx/identifier/", CheckIdentifier.as_view(), name="check_identifier"),
    path("_hx/duplicates/", SimilarDisputes.as_view(), name="similar_disputes"),
]
