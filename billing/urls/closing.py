"""Addresses of the settings of the books: closed periods, deferred revenue, account codes."""

from django.urls import URLPattern

back_office: list[URLPattern] = []
