"""The watch over the console notices what it must: otherwise its silence means nothing."""

import pytest

INLINE_STYLE = "document.body.append(Object.assign(document.createElement('style'), {textContent: 'p { color: red }'}))"


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        ("console.log('a forgotten word')", "a forgotten word"),
        ("setTimeout(() => { throw new Error('a broken script') })", "a broken script"),
        (INLINE_STYLE, "Content Security Policy"),
        ("fetch('/nowhere/')", "404"),
    ],
)
def test_a_misdeed_in_a_page_is_heard(visits, misdeed, said):
    page = visits.anonymous()
    page.goto("/sign-in/")

    page.evaluate(f"() => {{ {misdeed} }}")
    for _moment in range(600):
        if any(said in heard for heard in visits.complaints):
            break
        page.wait_for_timeout(100)

    assert [True for heard in visits.complaints if said in heard]
    visits.complaints.clear()
