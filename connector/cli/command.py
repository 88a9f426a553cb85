"""The classes of our commands: they take the shared options and set logging up before they run."""

from __future__ import annotations

from typing import Any, ClassVar

import click

from connector.cli import logs
from connector.cli.options import Options, shared_options


def forbid_core_dumps() -> None:
    """A core dump would hold every secret and customer of this process, and lie where its folder's owner
    looks last. What this process starts inherits it."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


class Command(click.Command):
    """``outputs`` are the values of ``--output`` that the command can answer in, its own choice first."""

    outputs: ClassVar[tuple[str, ...]] = ("table", "json")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *shared_options(self.outputs)]

    def invoke(self, ctx: click.Context) -> Any:
        options = ctx.ensure_object(Options)
        if options.output is not None and options.output not in self.outputs:
            raise click.UsageError(
                f"{ctx.info_name} answers in {' or '.join(self.outputs)}, not in {options.output}.", ctx
            )
        logs.configure(options)
        if not options.debug:
            forbid_core_dumps()
        return super().invoke(ctx)


class JsonCommand(Command):
    """Answers in JSON whatever is asked."""

    outputs = ("json",)


class AwsCommand(Command):
    """Answers as the AWS CLI does."""

    outputs = ("json", "yaml", "text", "table")


class Group(click.Group):
    """A command with commands of its own."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *shared_options()]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with the first line of its help; click would cut that to what fits beside the name."""
        with formatter.section("Commands"):
            commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
            formatter.write_dl(
                [(name, (command.help or "").partition("\n")[0]) for name, command in commands if command]
            )
