"""Addresses: each app has its own, under the words of docs and mock-ups."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("casework.urls")),
    path("", include("offices.urls")),
    path("", include("mediation.urls")),
    path("", include("reports.urls")),
]
