"""Tables for notebooks hold texts, whatever these say."""

from storyforge.model.html import escape_html, make_table


def test_every_cell_is_a_text():
    page = make_table(["<a>", "b"], [["1 & 2", '"x"\ny']], "<i>")
    assert page == (
        "<table><caption>&lt;i&gt;</caption><thead><tr><th>&lt;a&gt;</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1 &amp; 2</td><td>&quot;x&quot;<br>y</td></tr></tbody></table>"
    )
    assert make_table(["a"], []) == "<table><thead><tr><th>a</th></tr></thead><tbody></tbody></table>"
    assert escape_html("'") == "&#x27;"
