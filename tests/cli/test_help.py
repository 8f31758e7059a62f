"""Help of every command has an example that the command takes, and shells complete the commands."""

import shlex
import subprocess
import sys

import pytest
from commands import done
from typer.main import get_command

from zprimefit.cli.main import app


def commands(group, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        yield from commands(command, (*path, name)) if hasattr(command, "commands") else ()


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_has_an_example_that_the_command_takes(path):
    shown = " ".join(done(*path, "--help").split())
    example = COMMANDS[path].epilog
    assert example.startswith("Example: zprimefit " + " ".join(path))
    assert example in shown
    if hasattr(COMMANDS[path], "commands"):
        return
    arguments = shlex.split(example.removeprefix("Example: zprimefit "))[len(path) :]
    COMMANDS[path].make_context(path[-1], arguments)


def completed(words):
    """What bash is offered for the last of the words."""
    code = "import sys; sys.argv = ['zprimefit']\nfrom zprimefit.cli.main import main\nmain()"
    environment = {"_ZPRIMEFIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    return run.stdout.split()


def test_shell_completes_commands_options_and_choices():
    assert completed("zprimefit ver") == ["verdict"]
    assert completed("zprimefit check --da") == ["--data"]
    assert completed("zprimefit check --data c") == ["current"]


def test_completion_can_be_installed():
    assert "--install-completion" in done("--help")
