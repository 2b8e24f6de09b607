"""Doors of accounts. Of django-allauth's pages exactly these are open; all others do not exist here."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, URLResolver, path

from provider.kernel.doors import public, signed_in

from .views import api_keys, brands, demo, entrance, invitation, places, second_factor, settings, support, team

_entrance = [
    path("auth/login/", public(account.login), name="account_login"),
    path("auth/logout/", public(account.logout), name="account_logout"),
    path("auth/closed/", public(account.account_inactive), name="account_inactive"),
    path("auth/signup/", entrance.sign_up_page, name="account_signup"),
    path("auth/signup/code/", entrance.sign_up_code_page, name="sign_up_code"),
    path("auth/code/", public(account.request_login_code), name="account_request_login_code"),
    path("auth/code/confirm/", public(account.confirm_login_code), name="account_confirm_login_code"),
    path("auth/password/forgotten/", public(account.password_reset), name="account_reset_password"),
    path(
        "auth/password/forgotten/code/",
        public(account.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path("auth/password/new/", public(account.complete_password_reset), name="account_complete_password_reset"),
    path(
        "auth/password/new/done/", public(account.password_reset_from_key_done), name="account_password_reset_completed"
    ),
    path("auth/email/code/", public(account.email_verification_sent), name="account_email_verification_sent"),
    path("auth/phone/code/", public(account.verify_phone), name="account_verify_phone"),
    path("auth/second-factor/prove/", public(mfa.authenticate), name="mfa_authenticate"),
    path("auth/passkeys/sign-in/", public(webauthn.login_webauthn), name="mfa_login_webauthn"),
]

_security = [
    path("auth/again/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("auth/again/code/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("auth/again/passkey/", signed_in(webauthn.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("auth/email/", signed_in(account.email), name="account_email"),
    path("auth/phone/", signed_in(account.change_phone), name="account_change_phone"),
    path("auth/password/", second_factor.password_change, name="account_change_password"),
    path("auth/password/set/", second_factor.password_set, name="account_set_password"),
    path("auth/second-factor/", signed_in(mfa.index), name="mfa_index"),
    path("auth/second-factor/app/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("auth/second-factor/app/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("auth/recovery-codes/", signed_in(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "auth/recovery-codes/new/",
        signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "auth/recovery-codes/file/",
        signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("auth/passkeys/", signed_in(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("auth/passkeys/add/", signed_in(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("auth/passkeys/<int:pk>/remove/", second_factor.passkey_remove, name="mfa_remove_webauthn"),
    path("auth/passkeys/<int:pk>/", signed_in(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("auth/sessions/", second_factor.session_list, name="usersessions_list"),
    path("auth/sessions/<int:pk>/end/", second_factor.session_end, name="session_end"),
]

_team = [
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/invitations/<uuid:invitation_id>/resend/", team.invitation_resend, name="invitation_resend"),
    path("team/invitations/<uuid:invitation_id>/revoke/", team.invitation_revoke, name="invitation_revoke"),
    path("team/members/<uuid:membership_id>/role/", team.member_role, name="member_role"),
    path("team/members/<uuid:membership_id>/remove/", team.member_remove, name="member_remove"),
    path("team/leave/", team.leave, name="team_leave"),
    path("team/hand-over/", team.hand_over, name="hand_over"),
    path("team/hand-over/<uuid:offer_id>/", team.ownership_offer, name="ownership_offer"),
    path("team/hand-over/<uuid:offer_id>/withdraw/", team.ownership_withdraw, name="ownership_withdraw"),
    path("invitations/<str:token>/", invitation.invitation_page, name="invitation"),
]

_settings = [
    path("settings/", settings.own_settings, name="settings"),
    path("settings/account/", settings.account_settings, name="account_settings"),
    path("settings/brand/", settings.brand_settings, name="brand_settings"),
    path("brands/<uuid:brand_id>/logo/<uuid:file_id>/", brands.brand_logo, name="brand_logo"),
    path("settings/api-keys/", api_keys.api_keys, name="api_keys"),
    path("settings/api-keys/new/", api_keys.api_key_new, name="api_key_new"),
    path("settings/api-keys/<uuid:api_key_id>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("settings/support-access/", support.support_access, name="support_access"),
    path(
        "settings/support-access/<uuid:consent_id>/withdraw/",
        support.support_access_withdraw,
        name="support_access_withdraw",
    ),
    path(
        "settings/support-access/asked/<uuid:request_id>/decline/",
        support.support_access_decline,
        name="support_access_decline",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", places.front_door, name="front_door"),
    path("places/", places.places, name="places"),
    path("terms/", places.terms, name="terms"),
    path("privacy/", places.privacy, name="privacy"),
    path("act-for/end/", support.act_end, name="act_end"),
    path("act-for/<uuid:account_id>/", support.act_for, name="act_for"),
    path("demo/sign-in/", demo.demo_sign_in, name="demo_sign_in"),
    *_entrance,
    *_security,
    *_team,
    *_settings,
]
