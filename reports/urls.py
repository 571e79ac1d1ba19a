"""Addresses of dashboards, definitions and the report centre."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path(f"stub2/{n}/", lambda request: HttpResponse(), name=n) for n in ("dashboard", "reports")]
urlpatterns += [
    path("reports/<str:form>/<str:period>/<str:code>/v<int:number>/", lambda r, **k: HttpResponse(""), name="edition")
]
