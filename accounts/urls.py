"""Addresses of people, accounts and selections, of an organization's first page."""

from django.urls import path

from accounts.views import client_file, home, lists, opening, people, selecting, signing_in

back_office = [
    path("", home.Dashboard.as_view(), name="dashboard"),
    path("clients/people/", lists.People.as_view(), name="people"),
    path("clients/people/selection/", selecting.PeopleSelection.as_view(), name="people-selection"),
    path("clients/people/<int:person>/", people.PersonPage.as_view(), name="person"),
    path("clients/people/<int:person>/details/", people.EditPerson.as_view(), name="person-edit"),
    path("clients/accounts/", lists.Accounts.as_view(), name="accounts"),
    path("clients/accounts/selection/", selecting.AccountsSelection.as_view(), name="accounts-selection"),
    path("clients/accounts/new/", opening.OpenAccount.as_view(), name="client-new"),
    path("clients/accounts/known/", opening.ServeAccount.as_view(), name="client-known"),
    path("clients/accounts/<int:client>/", client_file.Overview.as_view(), name="client"),
    path("clients/accounts/<int:client>/details/", client_file.EditClient.as_view(), name="client-edit"),
    path("clients/accounts/<int:client>/people/new/", people.AddPerson.as_view(), name="person-new"),
    path("clients/accounts/<int:client>/history/", client_file.History.as_view(), name="client-history"),
    path("settings/audit-log/", home.AuditLog.as_view(), name="audit-log"),
    path("selections/<int:selection>/", selecting.SelectionPage.as_view(), name="selection"),
]

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("sign-in/link/", signing_in.OpenLink.as_view(), name="sign-in-link"),
]
