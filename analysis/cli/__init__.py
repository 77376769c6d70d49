"""The command line: ``five-features --help``, or ``python -m analysis --help``.

Exit codes: 0, done; 1, something a person can mend, told in a sentence on the standard error for
each thing that is wrong; 2, wrong arguments; 130, stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from analysis.cli.assign import assign
from analysis.cli.audit import audit
from analysis.cli.features import features
from analysis.cli.study import artists, check, coverage, export, fit, inputs, report, results
from analysis.errors import AnalysisError

SHELLS = ("bash", "zsh", "fish")
"""The shells that complete commands."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 something to mend (told in a sentence), 2 wrong arguments.",
)
def cli() -> None:
    """How far do clusterings go? The study of ten genres, and the same questions for your data.

    \b
    five-features audit mine.csv --label kind   before you believe a clustering
    five-features assign rock.00012             where a song belongs
    five-features check                         is the study's table right?
    """  # noqa: D301


@cli.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what lets a shell complete the commands.

    \b
    eval "$(five-features completion bash)"     put this into ~/.bashrc
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101
    click.echo(kind(cli, {}, "five-features", "_FIVE_FEATURES_COMPLETE").source())


for _command in (
    *(audit, assign, features, artists, check, fit, export, report, results),
    *(inputs, coverage),
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    called = Path(sys.argv[0]).name
    prog = "five-features" if called.startswith("five-features") else "python -m analysis"
    try:
        code = cli.main(
            None if arguments is None else list(arguments), prog_name=prog, standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except AnalysisError as error:
        for line in str(error).splitlines():
            click.echo(f"error: {line}", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        return 130
    return int(code or 0)


def run() -> None:
    """Run the command line, and end the process with its exit code."""
    sys.exit(main())
