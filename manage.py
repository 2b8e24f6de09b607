#!/usr/bin/env python
"""Commands of Perennial. Those that need a database start or reuse the embedded services by themselves."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    from provider.embedded import ServiceTrouble, ensure_services, needs_services, without_services

    if needs_services(sys.argv):
        try:
            ensure_services()
        except ServiceTrouble as trouble:
            sys.exit(str(trouble))
    else:
        without_services()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
