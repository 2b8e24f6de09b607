"""Sessions for tests, as they are after signing in."""

from __future__ import annotations

import time

from django.test import Client

from provider.accounts.models import User


def signed_in(user: User) -> Client:
    """A session as after a password; the provider's people have proved a second factor too, as they must."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
