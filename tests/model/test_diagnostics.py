from storyforge.model.diagnostics import Diagnostic, Location, as_json, has_errors, locate_findings


class Places:
    """A source in which the path says the place."""

    def locate(self, path, span=None, key=False):
        return Location(str(path[0]), int(path[1]), 1)

    def find_written(self, path):
        return path

    def line(self, file, number):
        return ""

    def order(self, file):
        return ("film", "bible").index(file)


def warned(name, *path):
    return Diagnostic(name, "warning", "it is so", path=path)


def test_findings_come_in_file_order_the_main_file_first():
    found = locate_findings([warned("c", "bible", 1), warned("b", "film", 9), warned("a", "film", 2)], Places())
    assert [one.name for one in found] == ["a", "b", "c"]


def test_a_finding_is_said_once():
    assert len(locate_findings([warned("a", "film", 1), warned("a", "film", 1), warned("b", "film", 1)], Places())) == 2


def test_a_place_that_is_given_stays():
    given = Diagnostic("a", "error", "it is so", location=Location("film", 3, 7))
    assert locate_findings([given], Places()) == [given]


def test_only_errors_are_errors():
    assert not has_errors([warned("a", "film", 1)])
    assert has_errors([Diagnostic("a", "error", "it is so")])


def test_json_holds_name_severity_message_hint_place_and_path():
    (found,) = locate_findings([Diagnostic("a", "hint", "it is so", "do this", ("film", 4))], Places())
    assert as_json(found) == {
        "name": "a",
        "severity": "hint",
        "message": "it is so",
        "hint": "do this",
        "file": "film",
        "line": 4,
        "column": 1,
        "path": ["film", 4],
    }
    assert as_json(Diagnostic("a", "hint", "it is so"))["file"] is None
