from allauth.account.signals import password_reset
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from . import known_devices


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        user_logged_in.connect(known_devices.learn, dispatch_uid="accounts.known_devices")
        password_reset.connect(known_devices.learn, dispatch_uid="accounts.known_devices")
