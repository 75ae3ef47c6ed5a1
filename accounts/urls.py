from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as single_sign_on
from allauth.socialaccount.providers.openid_connect.views import callback
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import security, views


def page(address: str, view: Any, name: str) -> URLPattern:
    """A page that one opens, and whose form one sends."""
    return path(address, require_http_methods(["GET", "HEAD", "POST"])(view), name=name)


def told(address: str, view: Any, name: str) -> URLPattern:
    """A page that is only read."""
    return path(address, require_safe(view), name=name)


# allauth's views under our addresses; the names are those that it asks for. What is not listed,
# such as signing up, is not there.
urlpatterns = [
    page("sign-in/", account.login, "account_login"),
    page("sign-out/", account.logout, "account_logout"),
    told("sign-in/by-invitation/", account.signup, "account_signup"),
    told("sign-in/closed/", account.account_inactive, "account_inactive"),
    page("sign-in/second-step/", security.SecondStep.as_view(), "mfa_authenticate"),
    path(
        "sign-in/passkey/",
        require_POST(security.PasskeySignIn.as_view()),
        name="mfa_login_webauthn",
    ),
    page("sign-in/again/", account.reauthenticate, "account_reauthenticate"),
    page("sign-in/again/second-step/", second_factor.reauthenticate, "mfa_reauthenticate"),
    page("sign-in/again/passkey/", security.PasskeyAgain.as_view(), "mfa_reauthenticate_webauthn"),
    page("sign-in/forgotten/", account.password_reset, "account_reset_password"),
    told("sign-in/forgotten/sent/", account.password_reset_done, "account_reset_password_done"),
    re_path(
        r"^sign-in/forgotten/(?P<uidb36>[0-9a-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        require_http_methods(["GET", "HEAD", "POST"])(security.ResetPassword.as_view()),
        name="account_reset_password_from_key",
    ),
    told("sign-in/sso/cancelled/", single_sign_on.login_cancelled, "socialaccount_login_cancelled"),
    page(
        "sign-in/sso/oidc/<str:provider_id>/login/",
        security.single_sign_on,
        "openid_connect_login",
    ),
    told("sign-in/sso/oidc/<str:provider_id>/login/callback/", callback, "openid_connect_callback"),
    page("account/", views.profile, "profile"),
    page("account/tokens/", views.tokens, "tokens"),
    path("account/tokens/<int:pk>/revoke/", require_POST(views.token_revoke), name="token-revoke"),
    page("account/password/", account.password_change, "account_change_password"),
    page("account/password/set/", security.set_password, "account_set_password"),
    told("account/second-step/", second_factor.index, "mfa_index"),
    page("account/second-step/app/", totp.activate_totp, "mfa_activate_totp"),
    page("account/second-step/app/remove/", totp.deactivate_totp, "mfa_deactivate_totp"),
    told("account/second-step/passkeys/", passkeys.list_webauthn, "mfa_list_webauthn"),
    page("account/second-step/passkeys/add/", security.AddPasskey.as_view(), "mfa_add_webauthn"),
    page("account/second-step/passkeys/<int:pk>/", passkeys.edit_webauthn, "mfa_edit_webauthn"),
    page(
        "account/second-step/passkeys/<int:pk>/remove/",
        passkeys.remove_webauthn,
        "mfa_remove_webauthn",
    ),
    page("account/second-step/codes/", security.recovery_codes, "mfa_view_recovery_codes"),
    page(
        "account/second-step/codes/new/",
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
    ),
    page("account/sessions/", security.sessions, "usersessions_list"),
]
