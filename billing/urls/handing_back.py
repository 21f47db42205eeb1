"""Addresses of deposits and of money handed back at the desk."""

from django.urls import URLPattern

back_office: list[URLPattern] = []
