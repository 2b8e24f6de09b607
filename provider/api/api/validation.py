"""Faults that pydantic finds, each at its place and in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext

from provider.kernel.errors import N_
from provider.kernel.problem import Fault, pointer_of

_OTHERWISE: Final = N_("This value does not fit. Compare it with the documentation.")

# pydantic's type of fault -> our code and sentence; placeholders are filled from pydantic's context.
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("required", N_("This is required. Send it.")),
    "extra_forbidden": ("unknown_member", N_("There is no such member here. Remove it, or check its spelling.")),
    "string_type": ("not_text", N_("This must be text.")),
    "string_too_short": ("too_short", N_("This needs at least %(min_length)s characters.")),
    "string_too_long": ("too_long", N_("This may have at most %(max_length)s characters.")),
    "string_pattern_mismatch": ("bad_pattern", N_("This is not written as it must be. See the example.")),
    "int_type": ("not_integer", N_("This must be a whole number.")),
    "int_parsing": ("not_integer", N_("This must be a whole number.")),
    "int_from_float": ("not_integer", N_("This must be a whole number.")),
    "int_parsing_size": ("not_integer", N_("This must be a whole number.")),
    "float_type": ("not_number", N_("This must be a number.")),
    "float_parsing": ("not_number", N_("This must be a number.")),
    "decimal_type": ("not_number", N_("This must be a number.")),
    "decimal_parsing": ("not_number", N_("This must be a number.")),
    "finite_number": ("not_number", N_("This must be a number.")),
    "bool_type": ("not_truth_value", N_("This must be true or false.")),
    "bool_parsing": ("not_truth_value", N_("This must be true or false.")),
    "list_type": ("not_list", N_("This must be a list.")),
    "dict_type": ("not_object", N_("This must be an object.")),
    "model_type": ("not_object", N_("This must be an object.")),
    "model_attributes_type": ("not_object", N_("This must be an object.")),
    "too_short": ("too_few", N_("This needs at least %(min_length)s entries.")),
    "too_long": ("too_many", N_("This may have at most %(max_length)s entries.")),
    "greater_than_equal": ("too_small", N_("This must be at least %(ge)s.")),
    "greater_than": ("too_small", N_("This must be more than %(gt)s.")),
    "less_than_equal": ("too_large", N_("This must be at most %(le)s.")),
    "less_than": ("too_large", N_("This must be less than %(lt)s.")),
    "literal_error": ("not_offered", N_("This must be one of %(expected)s.")),
    "enum": ("not_offered", N_("This must be one of %(expected)s.")),
    "uuid_type": ("not_id", N_("This is not an id. Ids look like 0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978.")),
    "uuid_parsing": ("not_id", N_("This is not an id. Ids look like 0192f6a0-7c1e-7b3a-9f10-2d3c4b5a6978.")),
    "datetime_type": ("not_instant", N_("This must be an instant with its zone, such as 2026-11-22T09:30:00Z.")),
    "datetime_parsing": ("not_instant", N_("This must be an instant with its zone, such as 2026-11-22T09:30:00Z.")),
    "datetime_from_date_parsing": (
        "not_instant",
        N_("This must be an instant with its zone, such as 2026-11-22T09:30:00Z."),
    ),
    "timezone_aware": ("not_instant", N_("This must be an instant with its zone, such as 2026-11-22T09:30:00Z.")),
    "datetime_future": ("not_future", N_("This must lie in the future.")),
    "date_type": ("not_day", N_("This must be a day, such as 2026-11-22.")),
    "date_parsing": ("not_day", N_("This must be a day, such as 2026-11-22.")),
    "date_from_datetime_parsing": ("not_day", N_("This must be a day, such as 2026-11-22.")),
}  # fmt: skip


def faults_of(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """ninja's list of errors as faults, in the order in which they were found."""
    return [_fault(error) for error in errors]


def is_about_path(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value in the path itself is impossible: an id that is none leads nowhere."""
    return any(error["loc"][:1] == ("path",) for error in errors)


def unknown_parameter(name: str) -> Fault:
    """A parameter of the address that the endpoint does not know."""
    detail = gettext(N_("There is no such parameter here. Remove it, or check its spelling."))
    return Fault(code="unknown_parameter", detail=detail, parameter=name[:80])


def _fault(error: Mapping[str, Any]) -> Fault:
    code, text = _TEXTS.get(error["type"], ("does_not_fit", _OTHERWISE))
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    try:
        detail = gettext(text) % context
    except KeyError:  # pydantic left out a limit that the sentence names
        code, detail = "does_not_fit", gettext(_OTHERWISE)
    source, *path = error["loc"]
    if source in ("query", "header"):
        place = ".".join(str(step) for step in path)
        return Fault(code=code, detail=detail, **{"parameter" if source == "query" else "header": place})
    return Fault(code=code, detail=detail, pointer=pointer_of(path[1:]))  # without the argument's own name
