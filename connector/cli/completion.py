"""``completion``: what a shell needs to complete our commands and options with the Tab key."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.stdout import write

_VARIABLE = "_CRM_CONNECTOR_COMPLETE"
_WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/crm-connector.fish",
}


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(tuple(_WHERE)))
@click.pass_obj
def completion_command(options: Options, /, shell: str) -> None:  # noqa: ARG001
    """Print a script that lets a shell complete commands and options.

    Add it to what your shell reads when it starts: ~/.bashrc, ~/.zshrc, or for fish a file of its own,
    ~/.config/fish/completions/crm-connector.fish.

    \b
    crm-connector completion bash >> ~/.bashrc
    """
    from connector.cli.main import NAME, root

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    write(found(root, {}, NAME, _VARIABLE).source() + "\n")
