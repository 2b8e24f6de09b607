import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
application = get_wsgi_application()

from provider.kernel import guard  # noqa: E402 - needs the settings

guard.refuse_wrong_schema()
