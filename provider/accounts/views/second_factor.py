"""Around django-allauth's pages: what it asks too little of, or does not check."""

from __future__ import annotations

from typing import Any, Final

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.webauthn import views as webauthn_views
from allauth.usersessions import views as usersessions_views
from allauth.usersessions.internal.flows.sessions import end_sessions
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from provider.accounts.models import User
from provider.accounts.queries import access_passkey, access_session
from provider.kernel.doors import signed_in

_SESSIONS_SHOWN: Final = 20
password_change = signed_in(reauthentication_required(app="allauth.account")(account_views.password_change))
password_set = signed_in(reauthentication_required(app="allauth.account")(account_views.password_set))


@signed_in
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a passkey away, unless it is the last second factor of somebody who needs one."""
    assert isinstance(request.user, User)
    adapter = get_mfa_adapter()
    if not adapter.can_delete_authenticator(access_passkey(user=request.user, pk=pk)):
        refusal = adapter.error_messages["cannot_delete_authenticator"]
        get_adapter(request).add_message(request, messages.ERROR, message=str(refusal))
        return redirect("mfa_list_webauthn")
    answer: Any = webauthn_views.remove_webauthn(request, pk=pk)
    return answer  # type: ignore[no-any-return]


class _Sessions(usersessions_views.ListUserSessionsView):  # type: ignore[misc]
    """This device first, then those seen last, a page at a time."""

    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**facts)
        newest = sorted(context["sessions"], key=lambda one: one.last_seen_at, reverse=True)
        ordered = sorted(newest, key=lambda one: not one.is_current())
        page = Paginator(ordered, _SESSIONS_SHOWN).get_page(self.request.GET.get("page"))
        return context | {
            "sessions": page.object_list,
            "newer": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "older": f"?page={page.next_page_number()}" if page.has_next() else "",
        }


session_list = signed_in(_Sessions.as_view())


@signed_in
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign one device out."""
    assert isinstance(request.user, User)
    end_sessions(request, [access_session(user=request.user, pk=pk)])
    messages.success(request, gettext("Signed out there."))
    return redirect("usersessions_list")
