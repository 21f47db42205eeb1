"""Addresses of invoices written for one client, and of what they are made of: taxes, ledger codes."""

from django.urls import URLPattern

back_office: list[URLPattern] = []
