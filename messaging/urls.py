"""Addresses of messages: the tab of a client's file, and the pages that send a link."""

from django.urls import path

from messaging.views import client, signing_in

back_office = [
    path("clients/accounts/<int:client>/messages/", client.ClientMessages.as_view(), name="client-messages"),
]
portal = [path("confirm-email/", signing_in.ConfirmAddress.as_view(), name="my-confirm-email")]
urlpatterns = [
    path("sign-in/ask/", signing_in.AskForLink.as_view(), name="sign-in-ask"),
    path("sign-in/check-email/", signing_in.LinkSent.as_view(), name="sign-in-sent"),
]
