"""A small Stripe on loopback: the few calls that the product makes, as Stripe answers them.

It stands where Stripe's far end would: the product uses the real `stripe` library against it. It checks every request
and each of its own answers against the types that the library brings along, keeps idempotency keys as Stripe does,
shows a payment page with pay, decline and 3-D Secure, and signs its webhooks with the real scheme.

    python -m tests.stripe_double --port 8810 --webhook http://localhost:8000/payments/stripe/ --secret whsec_...

runs it for the demo. Tests start it in a thread with `running(...)`, and hand webhooks over themselves.
"""

from .server import Running, running
from .store import Store

__all__ = ["Running", "Store", "running"]
