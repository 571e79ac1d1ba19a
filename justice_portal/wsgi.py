"""The web process. It refuses to start with the owner's database address in its hands."""

import os

from django.core.wsgi import get_wsgi_application

from justice_portal.least_privilege import refuse_owner_address

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "justice_portal.settings")
refuse_owner_address()

application = get_wsgi_application()
