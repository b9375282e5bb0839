"""The action for pull requests: GitHub's schema accepts it, and its scripts are run as GitHub runs them.

Only `gh` is another program, which keeps the comments of one pull request in a file, and for all tests but one StoryForge
is not installed again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hands import Hand
from processes import COMMAND, write_command
from projects import Faked, edited, project
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
ACTION = YAML(typ="safe", pure=True).load(ROOT / "action.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
LOOKUP = re.compile(r"\$\{\{ ([\w.-]+) \}\}")


def valid(path: Path) -> bool:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def shim(path: Path, *command: str | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexec " + " ".join(f"'{part}'" for part in command) + ' "$@"\n', encoding="utf-8")
    path.chmod(0o755)


class Runner:
    """A machine of GitHub's on which a pull request is checked out, and the pull request's comments."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.folder, self.checkout = folder, checkout
        self.temp, self.summary = folder / "temp", folder / "summary.md"
        self.temp.mkdir(parents=True)
        shim(folder / "bin/gh", sys.executable, ROOT / "tests/fake_gh.py")
        self.storyforge = self.temp / "storyforge/bin/storyforge"
        write_command(self.storyforge)
        self.inputs: dict[str, str] = {
            name: given["default"] for name, given in ACTION["inputs"].items() if "default" in given
        }
        self.inputs["token"] = "t0ken"
        self.github: dict[str, Any] = {
            "base_ref": "main",
            "event_name": "pull_request",
            "repository": "ana/films",
            "event": {"pull_request": {"number": 7, "head": {"repo": {"full_name": "ana/films"}}}},
        }
        self.steps: dict[str, Any] = {}
        self.said = ""
        self.tell(token="t0ken", me="github-actions[bot]", readonly=False, comments=[], calls=[])

    def tell(self, **values: Any) -> None:
        """Changes what GitHub knows."""
        path = self.folder / "github.json"
        state = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        path.write_text(json.dumps(state | values), encoding="utf-8")

    @property
    def comments(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "github.json").read_text(encoding="utf-8"))["comments"]

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    def known(self, name: str) -> str:
        """A value of GitHub's contexts."""
        value: Any = {"inputs": self.inputs, "github": self.github, "steps": self.steps}
        for part in name.split("."):
            value = (value or {}).get(part)
        return "" if value is None else str(value)

    def wanted(self, step: dict[str, Any], failed: bool) -> bool:
        condition = step.get("if")
        if condition is None:
            return not failed
        inside = condition.removeprefix("${{").removesuffix("}}").replace("&&", " and ").replace("!cancelled()", "True")
        names = sorted(set(re.findall(r"[a-z_]+(?:\.[a-z_]+)+", inside)), key=len, reverse=True)
        values = {name.replace(".", "_"): self.known(name) for name in names}
        for name in names:
            inside = inside.replace(name, name.replace(".", "_"))
        return bool(eval(inside.strip(), {"__builtins__": {}}, values))

    def step(self, name: str, **more: str) -> SimpleNamespace:
        """Runs the script of a step with bash, as GitHub does."""
        step = STEPS[name]
        given = {key: LOOKUP.sub(lambda found: self.known(found[1]), value) for key, value in step["env"].items()}
        keep = {key: os.environ[key] for key in ("LANG", "LC_ALL", "COVERAGE_PROCESS_START") if key in os.environ}
        environment = keep | {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "GIT_CONFIG_SYSTEM": os.devnull,
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_REPOSITORY": self.github["repository"],
            "GITHUB_ACTION_PATH": str(ROOT),
            "FAKE_GH": str(self.folder / "github.json"),
            **given,
            **more,
        }
        script = self.folder / "script.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=self.checkout, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        self.said += done.stdout + done.stderr
        assert "Traceback" not in self.said
        return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)

    def run(self) -> bool:
        """The steps behind the installation; whether the job is green."""
        failed = False
        self.summary.write_text("", encoding="utf-8")
        for name in ("Find the storyboards", "Check", "Plan", "Comment"):
            if self.wanted(STEPS[name], failed):
                failed |= self.step(name).code != 0
        return not failed


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A storyboard rendered at a host on `main`, with a branch for changes of it checked out."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    hand = Hand(checkout)
    path = project(checkout / "films")
    Faked(path, "runware")
    shutil.rmtree(path.parent / ".storyforge")
    hand("add", ".")
    hand("commit", "--quiet", "-m", "render")
    hand("update-ref", "refs/remotes/origin/main", "HEAD")
    hand("checkout", "--quiet", "-b", "side")
    return path


@pytest.fixture
def runner(tmp_path: Path, film: Path) -> Runner:
    made = Runner(tmp_path / "runner", tmp_path / "checkout")
    made.inputs["provider"] = "runware"
    return made


@pytest.mark.slow
def test_githubs_schema_accepts_the_action_and_refuses_a_broken_one(tmp_path):
    assert valid(ROOT / "action.yml")
    broken = tmp_path / "action.yml"
    broken.write_text((ROOT / "action.yml").read_text(encoding="utf-8").replace("shell: bash", "sheel: bash", 1))
    assert not valid(broken)


@pytest.mark.slow
def test_nothing_from_outside_is_written_into_a_script():
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
        assert all(LOOKUP.fullmatch(value) for value in step.get("env", {}).values())


@pytest.mark.slow
def test_every_input_is_used_and_described_and_foreign_actions_have_a_version():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(ACTION["inputs"])
    assert all(given["description"].endswith(".") for given in ACTION["inputs"].values())
    foreign = [step["uses"] for step in STEPS.values() if "uses" in step]
    assert foreign
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+(\.\d+)*", name) for name in foreign)


@pytest.mark.slow
def test_a_change_is_told_in_the_summary_and_in_one_comment_that_is_kept_up_to_date(runner, film):
    edited(film, "looks over", "looks at")
    assert runner.run()
    (first,) = runner.bodies
    assert first.startswith("<!-- storyforge:plan films/ferry.story.yaml -->\n")
    assert "**1 of 3 clips to render, $0.42**; the film costs $1.26 as before." in first
    assert runner.summary.read_text(encoding="utf-8") == first
    edited(film, "looks at", "stares at")
    assert runner.run()
    (second,) = runner.bodies
    assert "stares at" in second
    edited(film, "stares at", "looks over")
    assert runner.run()
    (third,) = runner.bodies
    assert "nothing changes in this film" in third


@pytest.mark.slow
def test_only_a_comment_of_its_own_is_edited(runner, film):
    """Found on whatever page; one of somebody else that begins the same is left alone."""
    edited(film, "looks over", "looks at")
    marker = "<!-- storyforge:plan films/ferry.story.yaml -->"
    other = "<!-- storyforge:plan films/ferry.story.yaml.story.yaml -->"
    said = [("mallory", marker), ("ana", "hello"), ("github-actions[bot]", other), ("ana", f"> {marker}")]
    said.append(("github-actions[bot]", f"{marker}\r\nold"))
    comments = [{"id": at, "user": {"login": who}, "body": text} for at, (who, text) in enumerate(said)]
    runner.tell(comments=comments)
    assert runner.run()
    assert runner.bodies[:4] == [text for _, text in said[:4]]
    assert "1 of 3 clips to render" in runner.bodies[4]
    assert len(runner.bodies) == 5


@pytest.mark.slow
def test_each_storyboard_that_changes_has_a_comment_and_no_other(runner, film):
    film.with_name("sub").mkdir()
    for name in ("second", "third", "sub/fourth"):
        shutil.copy(film, film.parent / f"{name}.story.yaml")
    subprocess.run(["git", "add", "."], cwd=film.parent, check=True)
    runner.inputs["files"] = "films/ferry.story.yaml\n\nfilms/s*.story.yaml"
    assert runner.run()
    (only,) = runner.bodies
    assert only.startswith("<!-- storyforge:plan films/second.story.yaml -->")
    assert "There was no such storyboard at" in only
    assert runner.summary.read_text(encoding="utf-8").count("### Plan of") == 2


@pytest.mark.slow
@pytest.mark.parametrize("bodies", [[], ["<!-- storyforge:plan films/ferry.story.yaml -->\nold"]])
def test_without_the_right_to_comment_the_job_is_green_and_says_so(bodies, runner, film):
    edited(film, "looks over", "looks at")
    comments = [{"id": 1, "user": {"login": "github-actions[bot]"}, "body": body} for body in bodies]
    runner.tell(readonly=True, comments=comments)
    assert runner.run()
    assert runner.bodies == bodies
    assert "::warning title=storyforge::GitHub took no comment" in runner.said
    assert "1 of 3 clips" in runner.summary.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("why", ["fork", "no fork any more", "push", "not wanted"])
def test_no_comment_is_tried_where_there_is_no_place_for_one(why, runner, film):
    edited(film, "looks over", "looks at")
    runner.tell(token="never to be used")
    match why:
        case "fork":
            runner.github["event"]["pull_request"]["head"]["repo"]["full_name"] = "mallory/films"
        case "no fork any more":
            runner.github["event"]["pull_request"]["head"]["repo"] = None
        case "push":
            runner.github |= {"event_name": "push", "base_ref": "", "event": {}}
        case _:
            runner.inputs["comment"] = "false"
    assert runner.run()
    assert "::warning" not in runner.said
    told = "Compared with" if why != "push" else "| `wait` | render |"
    assert told in runner.summary.read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_error_makes_the_job_red_with_its_place_and_is_in_the_comment_all_the_same(runner, film):
    edited(film, "@ana looks", "@anna looks")
    assert not runner.run()
    assert "::error title=storyforge (unknown-character),file=films/ferry.story.yaml,line=21" in runner.said
    (comment,) = runner.bodies
    assert "1 error to fix before anything is rendered" in comment


@pytest.mark.slow
def test_options_are_handed_on_and_their_exit_code_counts(runner, film):
    edited(film, "looks over", "looks at")
    runner.inputs["options"] = "--exit-code  --blame"
    assert not runner.run()
    (comment,) = runner.bodies
    assert "not committed yet" in comment


@pytest.mark.slow
def test_a_base_that_is_not_there_makes_the_job_red(runner, film):
    runner.inputs["base"] = "v9"
    shutil.rmtree(film.parents[1] / ".git/refs/remotes")
    assert not runner.run()
    assert runner.comments == []


@pytest.mark.slow
def test_a_checkout_without_history_fetches_it(tmp_path, film, runner):
    """As `actions/checkout` leaves it: one commit, the merge of both branches, on no branch."""
    edited(film, "looks over", "looks at")
    origin = film.parents[1]
    day = {"GIT_AUTHOR_DATE": "2026-06-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-06-01T00:00:00Z"}
    who = ("-c", "user.name=Bo", "-c", "user.email=b@o.x")

    def git(*arguments: str, at: Path = origin) -> None:
        subprocess.run(["git", *who, *arguments], cwd=at, env=os.environ | day, check=True, capture_output=True)

    git("commit", "--quiet", "--all", "--message", "edit")
    git("checkout", "--quiet", "main")
    (origin / "note.txt").write_text("later", encoding="utf-8")
    git("add", "note.txt")
    git("commit", "--quiet", "--message", "go on")
    git("checkout", "--quiet", "--detach")
    git("merge", "--quiet", "--no-edit", "side")
    git("update-ref", "refs/pull/7/merge", "HEAD")
    runner.checkout = tmp_path / "shallow"
    runner.checkout.mkdir()
    git("init", "--quiet", at=runner.checkout)
    git("remote", "add", "origin", origin.as_uri(), at=runner.checkout)
    git(
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "origin",
        "+refs/pull/7/merge:refs/remotes/pull/7/merge",
        at=runner.checkout,
    )
    git("checkout", "--quiet", "refs/remotes/pull/7/merge", at=runner.checkout)
    assert runner.run()
    (comment,) = runner.bodies
    assert "**1 of 3 clips to render, $0.42**" in comment
    assert "where HEAD and `origin/main` parted" in comment


@pytest.mark.slow
def test_a_check_and_a_plan_that_take_too_long_are_ended_and_the_job_is_red(runner, film):
    shots = "".join(f"- {{id: s{number}, scene: deck, action: Rain.}}\n" for number in range(8_000))
    film.write_text(f"storyforge: 1\ntitle: Long\nscenes: {{deck: {{}}}}\nshots:\n{shots}", encoding="utf-8")
    # A process of its own, as of GitHub's: what is forked from a warm one is not below the shell.
    shim(runner.storyforge, sys.executable, *COMMAND)
    runner.inputs["seconds"] = "1"
    assert not runner.run()
    assert "::error title=storyforge::the check took more than the 1 s that it may" in runner.said
    assert "::error title=storyforge::a plan took more than the 1 s that it may" in runner.said
    assert runner.comments == []


@pytest.mark.slow
def test_no_file_of_that_name_is_a_warning_and_no_name_an_error(runner):
    runner.inputs["files"] = "nowhere/*.yaml"
    assert runner.run()
    assert "::warning title=storyforge::the input files names no file that git keeps" in runner.said
    runner.inputs["files"] = "\n"
    assert not runner.run()


@pytest.mark.slow
def test_names_and_inputs_are_never_run(runner, film):
    trap = "$(touch pwned)`touch pwned`;touch pwned;'\" --help"
    folder = film.with_name(trap)
    project(folder, name=f"x {trap}.story.yaml")
    project(runner.checkout, name="--help.story.yaml")
    subprocess.run(["git", "add", "."], cwd=runner.checkout, check=True)
    assert runner.run()
    assert len(runner.comments) == 2
    for name in ("files", "provider", "base", "options"):
        before, runner.inputs[name] = runner.inputs[name], trap
        runner.run()
        runner.inputs[name] = before
    runner.github["base_ref"] = trap
    runner.run()
    assert not list(runner.folder.parent.rglob("pwned"))


@pytest.mark.long
def test_it_is_installed_from_the_actions_own_code_beside_the_jobs_python(runner):
    shutil.rmtree(runner.temp / "storyforge")
    runner.steps = {"python": {"outputs": {"python-path": sys.executable}}}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    cache = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True)
    done = runner.step(
        "Install StoryForge", **pip, PIP_NO_COMPILE="1", PIP_CACHE_DIR=cache.stdout.strip(), PYTHONPATH=""
    )
    assert done.code == 0, done.err
    command = [runner.storyforge, "plan", "--provider=runware", "films/ferry.story.yaml"]
    clean = {"PATH": os.environ["PATH"], "HOME": str(runner.folder)}
    planned = subprocess.run(command, cwd=runner.checkout, env=clean, capture_output=True, text=True, check=True)
    assert "prices of Runware" in planned.stdout
