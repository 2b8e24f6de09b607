import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - these need the application

from provider.kernel import breath, guard  # noqa: E402 - they too

guard.refuse_wrong_schema()
import_module(settings.ROOT_URLCONF)  # each page is loaded now, not while its first visitor waits
breath.settle()
