"""Addresses of signing in and out: of allauth's only those that make sense where accounts come by invitation.

Names that allauth's own pages link to stay, and lead to pages that say what to do instead.
"""

from allauth.account import views
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as totp_views
from django.urls import path, re_path
from django.views.generic import RedirectView, TemplateView

from projects.people import oidc_views
from projects.people.views import TwoFactor, password_reset, sign_in

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("login/", sign_in, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", TemplateView.as_view(template_name="account/inactive.html"), name="account_inactive"),
    path("signup/", TemplateView.as_view(template_name="account/signup.html"), name="account_signup"),
    path("confirm/", views.reauthenticate, name="account_reauthenticate"),
    path("two-factor/", TwoFactor.as_view(), name="mfa_index"),
    path("two-factor/code/", factor_views.authenticate, name="mfa_authenticate"),
    path("two-factor/confirm/", factor_views.reauthenticate, name="mfa_reauthenticate"),
    path("two-factor/app/", totp_views.activate_totp, name="mfa_activate_totp"),
    path("two-factor/app/off/", totp_views.deactivate_totp, name="mfa_deactivate_totp"),
    path("two-factor/codes/", code_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("two-factor/codes/new/", code_views.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("two-factor/codes/file/", code_views.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("oidc/<str:provider_id>/login/", oidc_views.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", oidc_views.come_back, name="openid_connect_callback"),
    path("oidc/<str:provider_id>/disconnect/", oidc_views.disconnect, name="openid_connect_disconnect"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]
