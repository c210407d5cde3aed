"""The command line `pulumi-tuning`; `main` is all of it that is seen from outside."""

import io
import sys
from typing import Final

from pulumi_tuning.errors import TuningError

_OF_THE_EXTRA: Final = ("typer", "rich", "starlette", "uvicorn")


def main() -> None:
    """Run the command that the arguments name.

    An error of this package or of the system is told in one line and ends with exit
    code 2, Ctrl-C with 130; anything else is a bug and keeps its traceback.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal's encoding lacks is escaped, as Python does on stderr.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from pulumi_tuning.cli.app import app  # noqa: PLC0415 - it needs the extra

        app()
    except TuningError as error:
        _fail(" ".join(str(error).split()))
    except ModuleNotFoundError as error:
        if error.name not in _OF_THE_EXTRA:
            raise
        _fail(
            f"{error.name} is not installed; the command line needs the extra `tools` "
            "of pulumi-tuning: install the package as pulumi-tuning[tools]"
        )
    except UnicodeEncodeError as error:
        _fail(f"an argument or a variable of the environment is not text: {error}")
    except OSError as error:
        _fail(str(error))
    except KeyboardInterrupt:  # while the commands are imported
        sys.exit(130)


def _fail(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)
