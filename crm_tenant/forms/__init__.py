"""What people type in the CRM."""

from .records import CompanyForm, DealForm, PersonForm
from .work import LoseForm, NoteForm, TaskForm

__all__ = ["CompanyForm", "DealForm", "LoseForm", "NoteForm", "PersonForm", "TaskForm"]
