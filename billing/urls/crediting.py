"""Addresses of credits: issued, cancelled items, debts given up."""

from django.urls import URLPattern

back_office: list[URLPattern] = []
