"""`fastnet completion`, and what shells complete besides commands and options."""

import click
from click.shell_completion import get_completion_class

from .errors import say


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print what lets SHELL complete commands, options and data.

    \b
    bash:  eval "$(fastnet completion bash)"    in ~/.bashrc
    zsh:   eval "$(fastnet completion zsh)"     in ~/.zshrc, after compinit
    fish:  fastnet completion fish | source     in ~/.config/fish/config.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # click has all three
    say(made(ctx.find_root().command, {}, "fastnet", "_FASTNET_COMPLETE").source())
