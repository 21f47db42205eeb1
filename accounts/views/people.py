"""One person: their page, adding one to an account, correcting what is known."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import GENDERS, PersonForm
from accounts.models import Client, Person
from accounts.services import opening
from accounts.tables import age_words
from accounts.views.client_file import ClientFile
from smartrec import contributions
from smartrec.views import DetailPage, FormPage


class PersonPage(DetailPage):
    """A person: who, in whose account, and what the rooms above know of them."""

    permission_required = "clients.view"
    nav = "people"
    template_name = "accounts/person.html"
    pk_url_kwarg = "person"
    context_object_name = "person"

    def rows(self) -> QuerySet[Person]:
        people = Person.objects.for_organization(self.organization)
        return people.select_related("account__owner")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        clients = Client.objects.for_organization(self.organization)
        return super().get_context_data(
            client=clients.get(account=self.object.account_id),
            age=age_words(self.object),
            gender=dict(GENDERS)[self.object.gender] if self.object.gender else "",
            panels=contributions.drawn("person", self.request, self.object, self.can),
            **kwargs,
        )


class AddPerson(ClientFile, FormPage):
    """One more member of the household."""

    permission_required = "clients.edit"
    form_class = PersonForm
    title = gettext_lazy("Add a person")
    submit_label = gettext_lazy("Add this person")
    template_name = "accounts/file_form.html"

    def get_initial(self) -> dict[str, Any]:
        owner = self.client.account.owner
        return {"last_name": owner.last_name if owner else ""}

    def run(self, form: PersonForm) -> Person:
        return opening.add_person(client=self.client, details=form.details, by=self.request.user, now=timezone.now())

    def get_success_message(self, result: Person) -> str:
        return _("%(name)s was added.") % {"name": result}

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("client", client=self.client.pk)

    get_cancel_url = get_success_url


class EditPerson(FormPage):
    """Correct a name, a birth date, a telephone number."""

    permission_required = "clients.edit"
    nav = "people"
    form_class = PersonForm
    title = gettext_lazy("Change this person")

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        people = Person.objects.for_organization(self.organization)
        self.person = get_object_or_404(people, pk=kwargs["person"])
        clients = Client.objects.for_organization(self.organization).select_related("account", "organization")
        self.client = clients.get(account=self.person.account_id)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.person, name) for name in self.form_class.base_fields}

    def run(self, form: PersonForm) -> Person:
        return opening.update_person(
            client=self.client,
            person=self.person,
            details=form.details,
            by=self.request.user,
            now=timezone.now(),
        )

    def get_success_message(self, result: Person) -> str:
        return _("Changes saved.")

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("person", person=self.person.pk)

    get_cancel_url = get_success_url
