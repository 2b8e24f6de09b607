#!/usr/bin/env python
"""Commands of Perennial. Those that need a database start or reuse the embedded services by themselves."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    try:
        from provider.embedded import ServiceTrouble, address_services, ensure_services, needs_services
    except ModuleNotFoundError as trouble:
        sys.exit(f"{trouble.name} is not installed here. Run `make setup`, then .venv/bin/python manage.py ...")
    try:
        if needs_services(sys.argv):
            ensure_services()
        else:
            address_services()
    except ServiceTrouble as trouble:
        sys.exit(str(trouble))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
