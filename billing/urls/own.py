"""Addresses of what account holders see of their billing."""

from django.urls import URLPattern

portal: list[URLPattern] = []
