"""Addresses of messages: the tab of a client's file."""

from django.urls import path

from messaging.views import client

back_office = [
    path("clients/accounts/<int:client>/messages/", client.ClientMessages.as_view(), name="client-messages"),
]
