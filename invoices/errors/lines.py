"""What is refused of the lines of an invoice."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, Refusal


class LineCountsNoUsage(Refusal):
    """No meter stands behind the line, so there are no events to show."""

    code: ClassVar[str] = "line_counts_no_usage"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "Line %(line)s of this invoice was not counted from usage, so no events stand behind it. Its amount is "
        "explained on the invoice under “Why?”."
    )
