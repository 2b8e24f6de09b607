"""What invoices refuse."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class PrintingUnavailable(Refusal):
    """This machine cannot make a PDF now; what was to be printed waits."""

    code: ClassVar[str] = "printing_unavailable"
    status: ClassVar[int] = 503
    text: ClassVar[str] = N_("The document cannot be printed yet: %(lacks)s. It waits until that is mended.")


class GatewayUnavailable(Refusal):
    """The gateway does not answer; what was asked may be asked again, under the same key."""

    code: ClassVar[str] = "gateway_unavailable"
    status: ClassVar[int] = 503
    text: ClassVar[str] = N_(
        "The payment service does not answer at the moment. Nothing was charged; try again in a minute."
    )


class GatewayRefused(Refusal):
    """The gateway does not take what we asked: a matter for the provider, not for the payer."""

    code: ClassVar[str] = "gateway_refused"
    status: ClassVar[int] = 502
    text: ClassVar[str] = N_(
        "The payment service did not accept this payment. Nothing was charged; pay by bank transfer, or write to us."
    )


class WebhookNotGenuine(Refusal):
    """The signature is wrong, old or missing, or it is of the other mode."""

    code: ClassVar[str] = "webhook_not_genuine"
    status: ClassVar[int] = 400
    text: ClassVar[str] = N_("The signature of this notice is not the gateway’s. Nothing was done.")
