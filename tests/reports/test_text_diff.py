"""A change of a file as a unified diff, whatever its line ends."""

from storyforge.reports.text_diff import unified_text


def test_a_change_is_shown_with_the_line_ends_of_the_file():
    assert unified_text("a.yaml", "one\r\ntwo\r\n", "one\r\n2\r\n") == (
        "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n+2\r\n"
    )


def test_a_last_line_without_an_end_is_marked():
    text = unified_text("a.yaml", "one", "two")
    assert text.endswith("-one\n\\ No newline at end of file\n+two\n\\ No newline at end of file\n")
    assert unified_text("a.yaml", "one\n", "one\n") == ""
