import pytest

from storyforge.language.load import load_storyboard

HEAD = "storyforge: 1\ntitle: x\nscenes:\n  s: {}\n  14B: {}\nshots:\n"


def read(tmp_path, shots):
    path = tmp_path / "a.story.yaml"
    path.write_text(HEAD + shots, encoding="utf-8")
    return load_storyboard(path)


@pytest.mark.parametrize("written", ["1", "0", "14B", '"010"', "1-a", "120"])
def test_an_id_that_is_a_whole_number_is_its_digits(tmp_path, written):
    board, _, findings = read(tmp_path, f"- {{id: {written}, scene: s, action: x}}\n")
    assert (findings, [shot.id for shot in board.shots]) == ([], [written.strip('"')])


def test_what_names_a_numbered_shot_or_scene_needs_no_quotes_either(tmp_path):
    board, _, findings = read(
        tmp_path, "- {id: 1, scene: 14B, action: x}\n- {id: 2, scene: 14B, action: x, continues: 1}\n"
    )
    assert (findings, board.shots[1].continues, board.shots[1].scene) == ([], "1", "14B")


@pytest.mark.parametrize("written", ["010", "1.5", "0x1F", "2026-12-01", "1e3", "-3"])
def test_what_readers_of_yaml_take_for_something_else_is_to_be_quoted(tmp_path, written):
    _, _, findings = read(tmp_path, f"- {{id: {written}, scene: s, action: x}}\n")
    assert [found.severity for found in findings] == ["error"]
    assert (findings[0].path[-1] if findings[0].path else "id") == "id"


def test_a_number_shared_by_an_alias_stays_a_number_elsewhere(tmp_path):
    board, _, findings = read(tmp_path, "- {id: &n 4, scene: s, action: x, seconds: *n}\n")
    assert (findings, board.shots[0].id, board.shots[0].seconds) == ([], "4", 4)
