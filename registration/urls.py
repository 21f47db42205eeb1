"""Addresses of the catalogue, of registrations and of importing them."""

from django.urls import path

from registration.views import importing

back_office = [
    path("clients/import/", importing.ImportClients.as_view(), name="client-import"),
    path("clients/import/example.csv", importing.ImportExample.as_view(), name="client-import-example"),
    path("clients/import/<int:upload>/", importing.ImportReview.as_view(), name="client-import-review"),
    path("clients/import/<int:upload>/confirmation/", importing.ConfirmImport.as_view(), name="client-import-confirm"),
    path("clients/import/<int:upload>/to-correct.csv", importing.BadRows.as_view(), name="client-import-bad-rows"),
]
