"""Settings: the nearest word wins."""

import pytest

from storyforge.model.errors import UsageError
from storyforge.system.settings import Settings


@pytest.fixture(autouse=True)
def _no_user_file(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def around(tmp_path, environment=None):
    folder = tmp_path / "films" / "one"
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(folder / "a.story.yaml", tmp_path, environment or {})


def test_a_flag_wins_over_the_environment_over_dotenv_over_the_project_over_the_user(tmp_path):
    (tmp_path / "config/storyforge").mkdir(parents=True)
    (tmp_path / "config/storyforge/storyforge.toml").write_text("jobs = 1\ncolor = 'never'\n")
    assert around(tmp_path).number("jobs", 9) == 1
    (tmp_path / "storyforge.toml").write_text("jobs = 2\n")
    assert around(tmp_path).number("jobs", 9) == 2
    assert around(tmp_path).text("color") == "never"
    (tmp_path / ".env").write_text("STORYFORGE_JOBS=3\nRUNWARE_API_KEY=secret\n")
    assert around(tmp_path).number("jobs", 9) == 3
    assert around(tmp_path).environment["RUNWARE_API_KEY"] == "secret"
    assert around(tmp_path, {"STORYFORGE_JOBS": "4"}).number("jobs", 9) == 4
    assert around(tmp_path, {"STORYFORGE_JOBS": "4"}).number("jobs", 9, 5) == 5


def test_without_any_word_the_default_holds(tmp_path):
    assert around(tmp_path).number("jobs", 9) == 9
    assert around(tmp_path).text("provider") is None


def test_files_above_the_project_are_not_read(tmp_path):
    (tmp_path / "storyforge.toml").write_text("jobs = 2\n")
    project = tmp_path / "films"
    project.mkdir()
    assert Settings(project / "a.story.yaml", project, {}).number("jobs", 9) == 9


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5"])
def test_a_number_that_is_none_is_a_usage_error(tmp_path, given):
    with pytest.raises(UsageError, match="jobs"):
        around(tmp_path, {"STORYFORGE_JOBS": given}).number("jobs", 9)


def test_a_settings_file_that_cannot_be_read_is_a_usage_error(tmp_path):
    (tmp_path / "storyforge.toml").write_text("jobs = [")
    with pytest.raises(UsageError, match=r"storyforge\.toml"):
        around(tmp_path)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8765/runware/v1", True),
        (" http://localhost:1 ", True),
        ("http://[::1]:1", True),
        ("https://eu.runware.example/v1", False),
        ("http://192.168.0.4:8188", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_host_is_local_where_its_address_is_one_of_this_machine(tmp_path, address, local):
    settings = Settings(tmp_path / "film.story.yaml", tmp_path, {"RUNWARE_BASE_URL": address})
    assert settings.is_local("runware") == local
    assert not settings.is_local("wavespeed")
