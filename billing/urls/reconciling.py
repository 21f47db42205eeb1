"""Addresses of the reconciliation."""

from django.urls import URLPattern

back_office: list[URLPattern] = []
