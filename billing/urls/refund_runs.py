"""Addresses of mass refunds."""

from django.urls import path

from billing.views import refund_files, refund_runs, run_papers

RUN = "finance/refund-runs/<int:run>/"

back_office = [
    path("finance/mass-charges/<int:run>/refund/", refund_runs.NewRefundRun.as_view(), name="refund-run-new"),
    path(RUN, refund_runs.RefundRun.as_view(), name="refund-run"),
    path(f"{RUN}choices/", refund_runs.RefundChoices.as_view(), name="refund-run-choices"),
    path(f"{RUN}lines/<int:line>/", refund_runs.RefundLine.as_view(), name="refund-run-line"),
    path(f"{RUN}discard/", refund_runs.DiscardRefunds.as_view(), name="refund-run-discard"),
    path(f"{RUN}confirmation/", refund_runs.ConfirmRefunds.as_view(), name="refund-run-confirmation"),
    path(f"{RUN}pause/", refund_runs.PauseRefunds.as_view(), name="refund-run-pause"),
    path(f"{RUN}resume/", refund_runs.ResumeRefunds.as_view(), name="refund-run-resume"),
    path(f"{RUN}stop/", refund_runs.StopRefunds.as_view(), name="refund-run-stop"),
    path(f"{RUN}again/", refund_runs.RefundAgain.as_view(), name="refund-run-again"),
    path(f"{RUN}report.pdf", run_papers.RefundPaper.as_view(), name="refund-run-report"),
    path(f"{RUN}result.csv", refund_files.RefundFile.as_view(), name="refund-run-file"),
]
