"""Addresses of mass e-mails."""

from django.urls import path

from billing.views import message_runs as views
from billing.views import run_papers

RUN = "communications/emails/<int:run>/"


back_office = [
    path("communications/emails/", views.MassEmails.as_view(), name="mass-emails"),
    path("communications/emails/new/", views.NewMessage.as_view(), name="mass-email-new"),
    path(RUN, views.MassEmail.as_view(), name="mass-email"),
    path(f"{RUN}form/", views.EditMessage.as_view(), name="mass-email-form"),
    path(f"{RUN}lines/<int:line>/", views.MessageLine.as_view(), name="mass-email-line"),
    path(f"{RUN}joined/", views.MessageJoined.as_view(), name="mass-email-joined"),
    path(f"{RUN}discard/", views.DiscardMessage.as_view(), name="mass-email-discard"),
    path(f"{RUN}confirmation/", views.ConfirmMessages.as_view(), name="mass-email-confirmation"),
    path(f"{RUN}pause/", views.PauseMessages.as_view(), name="mass-email-pause"),
    path(f"{RUN}resume/", views.ResumeMessages.as_view(), name="mass-email-resume"),
    path(f"{RUN}stop/", views.StopMessages.as_view(), name="mass-email-stop"),
    path(f"{RUN}report.pdf", run_papers.MessagePaper.as_view(), name="mass-email-report"),
    path(f"{RUN}result.csv", views.MessagesFile.as_view(), name="mass-email-file"),
]
