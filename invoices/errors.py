"""What invoices refuse."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class PrintingUnavailable(Refusal):
    """This machine cannot make a PDF now; what was to be printed waits."""

    code: ClassVar[str] = "printing_unavailable"
    status: ClassVar[int] = 503
    text: ClassVar[str] = N_("The document cannot be printed yet: %(lacks)s. It waits until that is mended.")
