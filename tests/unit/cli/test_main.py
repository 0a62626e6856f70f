"""Verbs are found, loaded late, and end with the exit code that scripts rely on."""

import inspect
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import Result

from notesyncd.cli.main import LATER, VERBS

Run = Callable[..., Result]


def test_help_names_every_verb_of_this_version_and_no_later_one(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    listed = {line.split()[0] for line in result.output.partition("Commands:")[2].splitlines() if line.strip()}
    assert listed == set(VERBS)
    assert not listed & LATER


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_has_its_help(run: Run, verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "--config FILE" in result.output


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_list_of_verbs_says_what_the_verb_itself_says(verb: str) -> None:
    place, about = VERBS[verb]
    module, _, name = place.partition(":")
    defined = getattr(import_module(module), name)
    said = defined.info.help if isinstance(defined, typer.Typer) else inspect.getdoc(defined)
    assert said.startswith(about.rstrip("."))


@pytest.mark.parametrize("verb", sorted(LATER))
def test_a_verb_of_a_later_version_says_so(run: Run, verb: str) -> None:
    result = run(verb, "--some", "thing")
    assert result.exit_code == 2
    assert f"'{verb}' is not in this version." in result.output


def test_a_misspelt_verb_is_guessed(run: Run) -> None:
    result = run("confg")
    assert result.exit_code == 2
    assert "Did you mean 'config'?" in result.output


def test_wrong_use_ends_with_2(run: Run) -> None:
    assert run("plugins", "--nonsense").exit_code == 2
    assert run().exit_code == 2


def test_the_version_is_printed(run: Run) -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.output.startswith("notesyncd ")


@pytest.mark.parametrize("before", [True, False])
def test_the_configuration_may_be_named_before_or_after_the_verb(run: Run, config: Path, before: bool) -> None:
    named = ["--config", config]
    verb = ["config", "check"]
    result = run(*named, *verb) if before else run(*verb, *named)
    assert result.exit_code == 0
    assert str(config) in result.output


def test_the_option_goes_before_the_environment(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTESYNCD_CONFIG", "/nowhere/config.toml")
    assert run("config", "check").exit_code == 78
    assert run("config", "check", "--config", config).exit_code == 0


def test_help_and_completion_load_nothing_heavy() -> None:
    code = (
        "import sys\nfrom notesyncd.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'PIL', 'sqlalchemy', 'pydantic', 'rich', 'onnxruntime', 'notesyncd.app'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stderr == "[]\n"


def test_help_is_quick() -> None:
    """At most 150 ms. Processor time, the best of several tries: the machine may be busy with other things."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "notesyncd", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.15


def test_it_runs_as_a_module() -> None:
    answer = subprocess.run([sys.executable, "-m", "notesyncd", "bench"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "not in this version" in answer.stderr


def test_names_of_verbs_are_completed() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from notesyncd.cli.main import app; app(prog_name='notesyncd')"],
        env={"_NOTESYNCD_COMPLETE": "complete_bash", "COMP_WORDS": "notesyncd co", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.split() == ["correct", "config"]
