"""Addresses of the line's own pages."""

from django.urls import path

from mediation.views import CheckIdentifier, RegisterOral, SimilarDisputes

urlpatterns = [
    path("_hx/identifier/", CheckIdentifier.as_view(), name="check_identifier"),
    path("_hx/duplicates/", SimilarDisputes.as_view(), name="similar_disputes"),
    path("oral-agreements/new/", RegisterOral.as_view(), name="register_oral"),
]
