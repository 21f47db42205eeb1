"""Every address of the product. Each room lists its own: `back_office`, `portal`, and `urlpatterns` for the rest."""

from itertools import chain

from allauth.account.views import login
from django.urls import include, path

import accounts.urls
import action_center.urls
import billing.urls
import messaging.urls
import registration.urls
import wallet.urls
from accounts.views.signing_in import AddressStays
from smartrec.health import Alive, Ready
from smartrec.views.frame import Preferences, SwitchLanguage

ROOMS = (accounts.urls, messaging.urls, wallet.urls, billing.urls, registration.urls, action_center.urls)


def _from_rooms(name: str) -> list:
    return list(chain.from_iterable(getattr(room, name, ()) for room in ROOMS))


urlpatterns = [
    path("healthz", Alive.as_view(), name="healthz"),
    path("readyz", Ready.as_view(), name="readyz"),
    path("i18n/", SwitchLanguage.as_view(), name="switch-language"),
    path("me/", Preferences.as_view(), name="preferences"),
    path("email/", AddressStays.as_view(), name="account_email"),
    path("", include("allauth.urls")),
    # Named again after allauth's own, so that links say /sign-in/.
    path("sign-in/", login, name="account_login"),
    path("o/<slug:org>/", include(_from_rooms("back_office"))),
    path("my/", include(_from_rooms("portal"))),
    *_from_rooms("urlpatterns"),
]

handler400 = "smartrec.errors.bad_request"
handler403 = "smartrec.errors.forbidden"
handler404 = "smartrec.errors.not_found"
handler500 = "smartrec.errors.server_error"
