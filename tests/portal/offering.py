"""A provider that sells a plan, for tests of those who begin with it."""

from __future__ import annotations

from plans.models import ChargePrice, Plan
from provider.accounts.models import Account
from tests.factories import make_account
from tests.invoices.factories import make_seller
from tests.plans.factories import make_charge, make_plan, make_version, publish_row


def offer_plan(
    *,
    code: str,
    provider: Account | None = None,
    price: str = "100",
    trial_days: int = 14,
    currencies: tuple[str, ...] = ("CNY",),
) -> Plan:
    """A plan of the provider's that is on sale for a fixed price a month, in yuan unless said otherwise."""
    provider = (
        provider or Account.objects.filter(profiles__portal="provider").first() or make_account(portal="provider")
    )
    make_seller(account=provider)
    plan = make_plan(seller=provider, code=code, name=code.title(), name_hans="团队版")
    version = make_version(plan=plan, trial_days=trial_days, currencies=list(currencies))
    charge = make_charge(version, code="base")
    for currency in currencies:
        ChargePrice.objects.create(charge=charge, currency=currency, price=price)
    publish_row(version)
    return plan
