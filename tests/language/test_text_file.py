from storyforge.language.text_file import Page


def test_columns_count_characters_from_one_and_lengths_end_with_the_line():
    page = Page("a", "é😀 mira\notto\r\nada\rend")
    place = page.location(3, 100)
    assert (place.file, place.line, place.column, place.length) == ("a", 1, 4, 4)
    assert [page.line(number) for number in range(6)] == ["", "é😀 mira", "otto", "ada", "end", ""]
    assert page.location(8, 12).line == 2
    assert page.location(14, 15).line == 3


def test_a_byte_order_mark_is_counted_in_offsets_but_not_in_columns():
    page = Page("a", "\ufefftitle: a")
    assert page.location(1, 6).column == 1
    assert page.location(0, 0).column == 1
    assert page.line(1) == "title: a"


def test_an_error_can_carry_its_mend():
    found = Page("a", "sound: @mira").error("unquoted-mention", 7, 12, "it is so", "do this", '"@mira"')
    assert (found.severity, found.location.column, found.fix.start, found.fix.text) == ("error", 8, 7, '"@mira"')
