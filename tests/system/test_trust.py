"""What a project's files redirect: nothing of it counts before the user has allowed exactly that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storyforge.model.errors import UsageError
from storyforge.providers import find_provider
from storyforge.rendering.publish import find_publisher
from storyforge.rendering.remote import find_share
from storyforge.system.credentials import find_key
from storyforge.system.object_store import read_section
from storyforge.system.project import Project, find_trust
from storyforge.system.settings import Settings
from storyforge.system.trust import find_line, find_lines, list_allowed

THEIRS = "https://theirs.test/v1"
BUCKET = '[share]\nkind = "bucket"\nurl = "s3://films"\nendpoint = "https://theirs.test"\n'


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    mine = tmp_path_factory.mktemp("mine")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(mine / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(mine / "data"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".storyforge").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder: Path, **environment: str) -> Settings:
    return Project(folder / "a.story.yaml", environment).settings


def redirect(folder: Path, address: str = THEIRS) -> None:
    (folder / ".env").write_text(f"# keys\n\nexport RUNWARE_BASE_URL='{address}'\n", encoding="utf-8")


def test_a_base_address_of_a_project_is_not_set_before_it_is_allowed_and_whoever_needs_it_is_told(folder: Path) -> None:
    redirect(folder)
    found = settings(folder, RUNWARE_API_KEY="mine")
    assert "RUNWARE_BASE_URL" not in found.environment
    host = find_provider("runware", found.environment)
    assert host
    assert host.base_url == "https://api.runware.ai/v1"
    with pytest.raises(UsageError, match=r"^\.env:3 sets `RUNWARE_BASE_URL`, which you have not allowed$") as caught:
        found.require_trust("*_BASE_URL")
    assert caught.value.hint == "`storyforge trust .` shows where it leads and allows it; nothing was sent"
    assert caught.value.exit_code == 2
    assert THEIRS not in str(caught.value)
    found.require_trust("ffmpeg", "share")


def test_what_was_allowed_counts_until_its_content_changes(folder: Path) -> None:
    redirect(folder)
    find_trust(folder).allow()
    assert settings(folder).environment["RUNWARE_BASE_URL"] == THEIRS
    (folder / ".env").write_text(
        f"RUNWARE_BASE_URL={THEIRS}\nRUNWARE_API_KEY=new\nSTORYFORGE_JOBS=2\n", encoding="utf-8"
    )
    assert settings(folder).is_trusted
    redirect(folder, f"{THEIRS}/")
    assert not settings(folder).is_trusted
    assert "RUNWARE_BASE_URL" not in settings(folder).environment
    redirect(folder)
    with (folder / ".env").open("a", encoding="utf-8") as more:
        more.write("HIAPI_BASE_URL=https://more.test\n")
    assert not settings(folder).is_trusted


def test_what_was_allowed_can_be_revoked(folder: Path) -> None:
    redirect(folder)
    trust = find_trust(folder)
    trust.allow()
    (known,) = list_allowed()
    assert (known.folder, known.hash) == (str(folder.resolve()), trust.hash)
    assert trust.revoke() == 1
    assert list_allowed() == []
    assert not settings(folder).is_trusted
    assert trust.revoke() == 0


def test_what_the_shell_says_needs_no_permission(folder: Path) -> None:
    redirect(folder)
    found = settings(folder, RUNWARE_BASE_URL="http://127.0.0.1:1")
    found.require_trust("*_BASE_URL")
    assert found.environment["RUNWARE_BASE_URL"] == "http://127.0.0.1:1"
    (folder / ".env").unlink()
    (folder / "storyforge.toml").write_text('ffmpeg = "theirs"\nsign_key = "theirs"\n', encoding="utf-8")
    assert settings(folder, STORYFORGE_FFMPEG="mine").text("ffmpeg") == "mine"
    assert settings(folder, STORYFORGE_SIGN_KEY="mine").text("sign_key") == "mine"


def test_the_hash_in_the_environment_allows_that_content_alone_and_a_project_cannot_set_it(folder: Path) -> None:
    redirect(folder)
    right = find_trust(folder).hash
    assert settings(folder, STORYFORGE_TRUST=right).is_trusted
    assert settings(folder, STORYFORGE_TRUST=f"{'0' * 64}, {right}").is_trusted
    for wrong in ("", "0" * 64, right[:-1], right.upper(), "*", "1"):
        assert not settings(folder, STORYFORGE_TRUST=wrong).is_trusted
    with (folder / ".env").open("a", encoding="utf-8") as more:
        more.write(f"STORYFORGE_TRUST={right}\n")
    assert find_trust(folder).hash == right
    assert not settings(folder).is_trusted


def test_the_hash_is_the_same_wherever_the_same_is_set(folder: Path) -> None:
    there = folder / "there"
    (there / ".storyforge").mkdir(parents=True)
    (folder / ".env").write_text("RUNWARE_BASE_URL=https://a.test\nHIAPI_BASE_URL=https://b.test\n", encoding="utf-8")
    (there / ".env").write_text(
        "HIAPI_BASE_URL=https://b.test\nJOBS=3\nRUNWARE_API_KEY=x\nRUNWARE_BASE_URL=https://a.test\n", encoding="utf-8"
    )
    one, other = find_trust(folder), find_trust(there)
    assert one.hash == other.hash
    one.allow()
    assert settings(folder).is_trusted
    assert not settings(there).is_trusted, "it was allowed for another folder"


def test_a_project_is_the_same_by_a_link_to_its_folder(folder: Path) -> None:
    redirect(folder)
    link = folder.with_name(f"{folder.name}-link")
    link.symlink_to(folder, target_is_directory=True)
    assert not settings(link).is_trusted
    find_trust(link).allow()
    assert settings(folder).is_trusted
    assert settings(link).is_trusted
    assert find_trust(folder).revoke() == 1
    assert not settings(link).is_trusted


def test_films_of_a_project_that_see_different_files_are_allowed_one_by_one(folder: Path) -> None:
    (folder / "storyforge.toml").write_text(BUCKET, encoding="utf-8")
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    redirect(folder / "two")
    find_trust(folder).allow()
    assert settings(folder / "one").is_trusted
    assert not settings(folder / "two").is_trusted
    find_trust(folder / "two").allow()
    assert all(settings(each).is_trusted for each in (folder, folder / "one", folder / "two"))


@pytest.mark.parametrize("section", ["share", "publish"])
def test_a_place_of_a_project_is_not_read_before_it_is_allowed(folder: Path, section: str) -> None:
    (folder / "storyforge.toml").write_text(BUCKET.replace("share", section), encoding="utf-8")
    find = find_share if section == "share" else find_publisher
    with pytest.raises(UsageError, match=rf"^storyforge\.toml:3 sets `{section}\.url`, which you have not allowed$"):
        find(settings(folder, AWS_ACCESS_KEY_ID="mine"), folder)
    find_trust(folder).allow()
    assert find(settings(folder), folder)


def test_a_project_cannot_bend_a_place_of_the_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder / "config" / "storyforge" / "storyforge.toml"
    own.parent.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    own.write_text('ffmpeg = "mine"\n[share]\nkind = "bucket"\nurl = "s3://mine"\n', encoding="utf-8")
    assert find_share(settings(folder), folder)
    assert settings(folder).text("ffmpeg") == "mine"
    (folder / "storyforge.toml").write_text('share.endpoint = "https://theirs.test"\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"^storyforge\.toml:1 sets `share\.endpoint`"):
        find_share(settings(folder), folder)
    (folder / "storyforge.toml").unlink()
    (folder / ".env").write_text("AWS_REGION=theirs.test/\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"^\.env:1 sets `AWS_REGION`"):
        find_share(settings(folder), folder)
    assert read_section(settings(folder), "publish", {}) is None


@pytest.mark.parametrize("name", ["ffmpeg", "webhook_listen", "sign_key", "sign_certificate"])
def test_a_setting_that_leads_elsewhere_is_refused_from_both_files(folder: Path, name: str) -> None:
    (folder / "storyforge.toml").write_text(f'jobs = 2\n{name} = "theirs"\n', encoding="utf-8")
    with pytest.raises(UsageError, match=rf"^storyforge\.toml:2 sets `{name}`"):
        settings(folder).text(name)
    (folder / "storyforge.toml").unlink()
    (folder / ".env").write_text(f"STORYFORGE_{name.upper()}=theirs\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"^\.env:1 sets `STORYFORGE_{name.upper()}`"):
        settings(folder).text(name)
    assert settings(folder).text(name, "a flag") == "a flag"
    find_trust(folder).allow()
    assert settings(folder).text(name) == "theirs"


def test_a_key_may_be_in_the_env_of_a_project(folder: Path) -> None:
    (folder / ".env").write_text("RUNWARE_API_KEY=theirs\n", encoding="utf-8")
    assert settings(folder).is_trusted
    assert find_key("RUNWARE_API_KEY", settings(folder)) == "theirs"


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"folder": 3}', '{"folder": "x", "hash": 1, "date": null}'])
def test_a_record_that_is_damaged_allows_nothing(folder: Path, damage: str) -> None:
    redirect(folder)
    find_trust(folder).allow()
    (known,) = list_allowed()
    known.record.write_text(damage, encoding="utf-8")
    assert not settings(folder).is_trusted
    assert list_allowed() == []


def test_a_record_of_another_folder_does_not_count_under_a_changed_name(folder: Path) -> None:
    redirect(folder)
    find_trust(folder).allow()
    (known,) = list_allowed()
    said = json.loads(known.record.read_text(encoding="utf-8"))
    known.record.write_text(json.dumps(said | {"folder": "/elsewhere"}), encoding="utf-8")
    assert not settings(folder).is_trusted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"share{'.a' * 5000} = 1\n", r"^storyforge\.toml:1 sets `share\.a\.a"),
        (f"share = {'[' * 5000}{']' * 5000}\n", r"^`storyforge\.toml` cannot be read"),
        ("share = 3\n", r"^storyforge\.toml:1 sets `share`"),
        ('"share" = {}\n', r"^storyforge\.toml:1 sets `share`"),
        ('[share]\n"\\u0075rl" = "s3://theirs"\n', r"^storyforge\.toml:1 sets `share\.url`"),
    ],
)
def test_no_spelling_of_a_file_passes_or_breaks(folder: Path, text: str, said: str) -> None:
    (folder / "storyforge.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        find_share(settings(folder), folder)


def test_the_line_of_a_setting_is_found_in_any_spelling() -> None:
    text = 'jobs = 1\n\n[share] # here\n  "kind"="bucket"\nurl = """\nx"""\n[[a]]\n[limits . runware]\nat_once = 3\n'
    lines = find_lines(text)
    assert [find_line(lines, name) for name in ("jobs", "share.kind", "share.url", "limits.runware.at_once")] == [
        1,
        4,
        5,
        9,
    ]
    assert find_line(lines, "share.not_seen") == 3
    assert find_line(lines, "unknown.at.all") == 1
    assert find_line(find_lines("a = 1\nshare = {kind = 'folder', folder = 'x'}\n"), "share.folder") == 2
