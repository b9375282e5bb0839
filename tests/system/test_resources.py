"""What ships next to the code is found in a checkout; `test_package.py` finds it in an installed wheel."""

from storyforge.system.resources import resource_folder


def test_templates_and_schemas_are_found() -> None:
    assert (resource_folder("templates") / "shot.jinja").is_file()
    assert (resource_folder("schemas") / "storyboard.schema.json").is_file()
