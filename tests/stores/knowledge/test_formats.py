"""How documents of every format are cut into passages."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.stores.knowledge._document import UnreadableError
from streamd.stores.knowledge._document_formats import FORMATS, read_document
from streamd.stores.knowledge._passages import LONGEST, UnindexedPassage, passages_of


def pieces(path: str, text: str) -> Sequence[tuple[str, int, str]]:
    """(section, line, text) of each."""
    return [(piece.section, piece.line, piece.text) for piece in whole(path, text)]


def whole(path: str, text: str) -> Sequence[UnindexedPassage]:
    return list(passages_of(read_document(path, text.encode())))


def title(path: str, text: str) -> str:
    return read_document(path, text.encode()).title


def test_markdown_is_cut_at_its_headings() -> None:
    text = "# Tea\n\nIntro.\n\n## Green ##\nSteamed.\nDried.\n\n### Sencha\n\nFine.\n\nBlack\n-----\n\n- strong\n- sweet\n"
    assert pieces("a.md", text) == [
        ("", 3, "Intro."),
        ("Green", 6, "Steamed.\nDried."),
        ("Green > Sencha", 11, "Fine."),
        ("Black", 16, "- strong\n- sweet"),
    ]
    assert title("a.md", text) == "Tea"


def test_code_in_markdown_has_no_headings() -> None:
    text = "# Tea\n\n```sh\n# boil\n\nkettle on\n```\nAfter.\n"
    assert pieces("a.md", text) == [("", 3, "```sh\n# boil\n\nkettle on\n```\nAfter.")]


def test_front_matter_gives_the_title_and_is_not_found() -> None:
    text = '---\ntitle: "All about tea"\nauthor: nobody\n---\n\n# Kinds\n\nGreen.\n'
    assert title("a.md", text) == "All about tea"
    assert pieces("a.md", text) == [("Kinds", 8, "Green.")]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert pieces("a.md", "---\n\nTea.\n")[-1][2].endswith("Tea.")


def test_a_table_in_markdown_stays_in_one_piece() -> None:
    text = "Prices\n\n| Tea | Price |\n| --- | --- |\n| Green | 3 |\n"
    assert pieces("a.md", text) == [("", 1, "Prices\n\n| Tea | Price |\n| --- | --- |\n| Green | 3 |")]


def test_headings_alone_are_found_too() -> None:
    assert pieces("a.md", "\n# Opening hours\n") == [("", 2, "Opening hours")]


def test_restructured_text_is_cut_at_its_underlines() -> None:
    text = "===\nTea\n===\n\nIntro.\n\nGreen\n-----\n\nSteamed.\n\nSencha\n~~~~~~\nFine.\n\nBlack\n-----\n\nStrong.\n"
    text = text.replace("===", "====")
    assert pieces("a.rst", text) == [
        ("", 5, "Intro."),
        ("Green", 10, "Steamed."),
        ("Green > Sencha", 14, "Fine."),
        ("Black", 19, "Strong."),
    ]
    assert title("a.rst", text) == "Tea"


def test_a_short_line_above_plain_text_is_its_title() -> None:
    assert title("a.txt", "\nReturn policy\n\nGoods come back.") == "Return policy"
    assert title("a.txt", "Goods come back.\n\nOr not.") == "a"
    assert title("x/return_policy-2.txt", "Goods come back\nor not.") == "return policy 2"


def test_rows_of_csv_name_their_columns() -> None:
    text = 'SKU;Name;Stock\nA1;"Box, large";4\n\nB2;"two\nlines";\nC3;Can;7;extra\n'
    ((section, line, told),) = pieces("stock.csv", text)
    assert (section, line) == ("", 1)
    assert told.split("\n\n") == [
        "SKU, Name, Stock",
        "- SKU: A1; Name: Box, large; Stock: 4",
        "- SKU: B2; Name: two lines",
        "- SKU: C3; Name: Can; Stock: 7; extra",
    ]


def test_a_cell_that_is_too_long_is_no_csv() -> None:
    with pytest.raises(UnreadableError, match="not CSV"):
        whole("a.csv", 'a,b\n"' + "x" * 200_000)


def test_of_web_pages_the_text_that_is_seen_is_read() -> None:
    text = """<!doctype html><html><head><title>About  tea</title><style>p {}</style>
<script>document.write("<p>never</p>")</script></head><body>
<h1>Tea &amp; more</h1>
<p>Green <b>tea</b> is
steamed.<p>Black tea<br>is not.
<h2>Kinds</h2><ul><li>Green<li><p>Black</p></li></ul>
<table><thead><tr><th>Tea<th>Price</thead><tr><td>Green</td><td>3&nbsp;EUR</td></tr></table>
<svg><text>never</text></svg><template><p>never</p></template>
<h3><div>Sencha</div></h3>Fine.</body></html>"""
    assert title("a.html", text) == "About tea"
    found = pieces("a.html", text)
    assert [(section, told) for section, _, told in found] == [
        ("Tea & more", "Green tea is steamed.\n\nBlack tea\nis not."),
        ("Tea & more > Kinds", "- Green\n- Black\n\n| Tea | Price |\n| --- | --- |\n| Green | 3 EUR |"),
        ("Tea & more > Kinds > Sencha", "Fine."),
    ]
    assert [line for _, line, _ in found] == [4, 6, 9]


def test_what_nobody_closed_in_a_web_page_does_not_take_forever() -> None:
    for opened in ("<!--", "<a ", "<![CDATA[", "<", "&", "<script>", "<p", "</"):
        whole("a.html", f"<p>Tea.</p>{opened * 100_000}")


def test_line_ends_of_every_system_count_alike() -> None:
    text = "# Tea\n\nIntro.\n\n## Green\n\nSteamed.\n"
    assert pieces("a.md", text.replace("\n", "\r\n")) == pieces("a.md", text)
    assert pieces("a.md", text.replace("\n", "\r")) == pieces("a.md", text)


def test_soft_hyphens_do_not_part_words() -> None:
    assert pieces("a.txt", "Green te\u00ada is steamed.")[0][2] == "Green tea is steamed."


def test_short_paragraphs_are_joined_and_long_ones_are_cut_at_sentences() -> None:
    sentence = "Tea is steamed and dried before it is rolled. "
    found = whole("a.txt", f"One.\n\nTwo.\n\n{sentence * 60}\n\nThree.")
    assert found[0].text == "One.\n\nTwo."
    assert found[-1].text.endswith("rolled.\n\nThree.")
    assert all(piece.text.endswith(".") and piece.text[0].isupper() for piece in found)
    assert all(800 < len(piece.text) <= LONGEST for piece in found[1:-1])


def test_a_passage_says_on_which_line_it_begins() -> None:
    lines = [f"This is line {number} of one very long paragraph" for number in range(1, 200)]
    for piece in whole("a.txt", "\n".join(lines)):
        assert piece.text.startswith(f"This is line {piece.line} of")


@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(
        st.sampled_from(
            ["# ", "## ", "\n", "\n\n", "tea ", "Tea. ", "===", "---", "```", "|", "- ", '"', ";", "<h1>", "</h1>", "<p>",
             "<td>", "<tr>", "</table>", "<li>", "<pre>", "<title>", "<script>", "</script>", "<!", "<![", "&amp;", "x" * 1300]
        ),
        max_size=40,
    ),
)  # fmt: skip
def test_whatever_a_document_holds_it_is_cut_or_refused(ending: str, parts: list[str]) -> None:
    try:
        found = whole(f"a{ending}", "".join(parts))
    except UnreadableError:
        return
    for piece in found:
        assert piece.text.strip()
        assert len(piece.text) <= LONGEST
        assert piece.line >= 1
    if ending in (".txt", ".rst", ".csv"):
        assert [piece.line for piece in found] == sorted(piece.line for piece in found)
