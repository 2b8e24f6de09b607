"""Forms of plans: text to values of the catalogue, what cannot be at its field."""

from .charges import ChargeForm
from .plans import DismissForm, MeterForm, PlanForm
from .replays import GroupChoices, ReplayForm
from .stories import StoryForm
from .terms import TermsForm

__all__ = ["ChargeForm", "DismissForm", "GroupChoices", "MeterForm", "PlanForm", "ReplayForm", "StoryForm", "TermsForm"]
