from smartrec.views.acts import Command, FormPage, PortalCommand, PortalFormPage
from smartrec.views.lists import ListPage, Tab
from smartrec.views.pages import DetailPage, OrganizationMixin, OwnMixin, PlainPage, PortalMixin, SeeOther

__all__ = [
    "Command",
    "DetailPage",
    "FormPage",
    "ListPage",
    "OrganizationMixin",
    "OwnMixin",
    "PlainPage",
    "PortalCommand",
    "PortalFormPage",
    "PortalMixin",
    "SeeOther",
    "Tab",
]
