"""What a form of one invoice holds, kept as it was typed and shown again."""

from typing import Any

from django.http import QueryDict

# What belongs to one showing of the form, not to what is typed.
OF_THE_MOMENT = ("csrfmiddlewaretoken", "do", "shown")
LONGEST = 40


def may_be_kept(form: Any, lines: Any) -> bool:
    """Whether nothing typed is wrong: what is still missing may be filled in later."""
    wrong = [error for one in (form, *lines.forms) for errors in one.errors.as_data().values() for error in errors]
    too_many = [error for error in lines.non_form_errors().as_data() if error.code == "too_many_forms"]
    return all(error.code == "required" for error in wrong) and not too_many and "key" in form.cleaned_data


def content_of(form: Any, lines: Any, *, total: int) -> dict[str, Any]:
    """What a draft keeps: every field as typed, and by what it is listed."""
    described = [one.cleaned_data.get("description", "") for one in lines.forms]
    return {
        "fields": {name: values for name, values in form.data.lists() if _is_kept(name, form)},
        "key": str(form.cleaned_data["key"]),
        "title": next((text for text in described if text), ""),
        "total": total,
    }


def _is_kept(name: str, form: Any) -> bool:
    return name not in OF_THE_MOMENT and (name in form.fields or name.startswith("line-")) and len(name) < LONGEST


def restored(content: dict[str, Any]) -> QueryDict:
    """The same fields as a browser would send them."""
    data = QueryDict(mutable=True)
    for name, values in content["fields"].items():
        data.setlist(name, values)
    return data


def sent_again(data: QueryDict) -> list[tuple[str, str]]:
    """Every field a preview carries along unseen."""
    return [(name, value) for name, values in data.lists() if name not in OF_THE_MOMENT for value in values]
