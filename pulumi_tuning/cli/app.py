"""The grammar of the command line: names, options and help of the commands.

What a command does is in a module of its own, imported when the command is called, so
that the help needs none of it.
"""

from enum import StrEnum
from typing import Annotated

import typer

from pulumi_tuning.clock import Clock, SystemClock

app = typer.Typer(
    name="pulumi-tuning",
    help="Tuning jobs of Vertex AI beside a Pulumi program.",
    epilog="Project, location, credentials and endpoints come from the environment, as "
    "for a program: GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION, Application Default "
    "Credentials, GOOGLE_VERTEX_BASE_URL. Results stand on stdout, everything else on "
    "stderr. A command ends with 0 when it has done what it was asked for, and with 2 "
    "when an argument is wrong or something cannot be read; what 1 and 3 mean is told "
    "by those that have them. 130 is Ctrl-C, 141 an output that nobody reads on.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Project = Annotated[str | None, typer.Option(help="Project of the jobs.")]
Location = Annotated[str | None, typer.Option(help="Location of the jobs.")]
Json = Annotated[bool, typer.Option("--json", help="Show JSON instead.")]
Seconds = Annotated[
    float | None,
    typer.Option(min=0, metavar="SECONDS", help="How long a job or operation is so."),
]


class Kind(StrEnum):
    """What a job learns from, which decides what the lines of a data set hold."""

    SUPERVISED = "supervised"
    PREFERENCE = "preference"
    TRANSLATION = "translation"


def _clock(context: typer.Context) -> Clock:
    """Return the clock; whoever calls the application may pass one as its object."""
    return context.obj or SystemClock()


@app.command()
def emulate(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of 127.0.0.1; 0 is a free one.")
    ] = 0,
    database: Annotated[
        str, typer.Option(metavar="FILE", help="Where everything is kept.")
    ] = ":memory:",
    seed: Annotated[
        int, typer.Option(help="What names and numbers are drawn from.")
    ] = 0,
    realistic: Annotated[
        bool, typer.Option("--realistic", help="Jobs take half an hour, not seconds.")
    ] = False,
    pending_seconds: Seconds = None,
    running_seconds: Seconds = None,
    cancelling_seconds: Seconds = None,
    operation_seconds: Seconds = None,
    spread: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share by which the durations of jobs differ."),
    ] = None,
    behaviour: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A switch of pulumi_tuning.emulator.Behaviour, such as "
            "require_token=true. Repeatable.",
        ),
    ] = None,
    put: Annotated[
        list[str] | None,
        typer.Option(
            metavar="gs://BUCKET/OBJECT=FILE", help="Store a file. Repeatable."
        ),
    ] = None,
) -> None:
    """Serve an emulator of Vertex AI until Ctrl-C.

    It emulates tuning jobs, and the part of Cloud Storage that they need. As soon as
    it answers, the `export` lines that point programs at it stand on stdout. As it
    goes on serving, a script takes them from a file:

    rm -f emulator.env; pulumi-tuning emulate >emulator.env &

    until [ -s emulator.env ]; do kill -0 $! || exit; sleep 0.1; done

    . ./emulator.env
    """
    from pulumi_tuning.cli import emulate as command  # noqa: PLC0415 - start-up

    command.run(
        command.Options(
            port=port,
            database=database,
            seed=seed,
            is_realistic=realistic,
            pacing={
                "pending_seconds": pending_seconds,
                "running_seconds": running_seconds,
                "cancelling_seconds": cancelling_seconds,
                "operation_seconds": operation_seconds,
                "spread": spread,
            },
            behaviour=behaviour or (),
            put=put or (),
        )
    )


@app.command()
def jobs(
    context: typer.Context,
    *,
    project: Project = None,
    location: Location = None,
    filter: Annotated[  # noqa: A002 - its name in the API
        str | None,
        typer.Option(help='List filter of the API, such as state="JOB_STATE_RUNNING".'),
    ] = None,
    as_json: Json = False,
) -> None:
    """List tuning jobs, the newest first.

    The stack is the label of the one that started the job. The cost is that of the
    tokens that the service counted, at list prices; ~ stands before that of a job that
    has not ended.
    """
    from pulumi_tuning.cli import jobs as command  # noqa: PLC0415 - start-up

    command.run(
        project=project,
        location=location,
        filter=filter,
        as_json=as_json,
        clock=_clock(context),
    )


@app.command()
def orphans(
    context: typer.Context,
    *,
    stack_state: Annotated[
        list[str],
        typer.Option(
            metavar="FILE",
            help="Output of `pulumi stack export`; - is stdin. Repeatable.",
        ),
    ],
    project: Project = None,
    location: Location = None,
    all_stacks: Annotated[
        bool,
        typer.Option(
            "--all-stacks", help="List jobs of all other stacks, too; never cancels."
        ),
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Cancel them after a confirmation.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Cancel without asking.")] = False,
) -> None:
    """List live jobs that no state records.

    Only jobs of stacks whose states are given are looked at: in the projects and
    locations that the states and the environment name, or in those of the options.

    A job is cancelled only if the state of its stack was written after the job was
    created, mentions it nowhere and has no creation pending. Jobs that were left
    running on purpose (retain_on_delete) are orphans, too, and so are those that
    another stack has taken over, unless its state is given as well. Do not cancel while
    an update of the stack runs.

    The table is all that stands on stdout: without an orphan there is none. Ends with
    1 when a job that was to be cancelled may still work, or the answer was no.
    """
    from pulumi_tuning.cli import orphans as command  # noqa: PLC0415 - start-up

    command.run(
        command.Options(
            sources=stack_state,
            project=project,
            location=location,
            all_stacks=all_stacks,
            cancel=cancel,
            yes=yes,
        ),
        _clock(context),
    )


@app.command()
def wait(
    context: typer.Context,
    job: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Full name of the job, or its number."),
    ],
    *,
    timeout: Annotated[
        str | None, typer.Option(help="Longest wait, such as 6h or 1h30m.")
    ] = None,
    project: Project = None,
    location: Location = None,
) -> None:
    """Wait until a job has ended.

    Ends with 0 when the job succeeded, and shows its model and endpoint; with 1 when it
    failed, was cancelled or expired; with 3 when the timeout has passed and the job
    goes on.
    """
    from pulumi_tuning.cli import wait as command  # noqa: PLC0415 - start-up

    command.run(
        job, timeout=timeout, project=project, location=location, clock=_clock(context)
    )


@app.command()
def preflight(
    context: typer.Context,
    training: Annotated[
        str,
        typer.Argument(metavar="PATH|gs://…", help="Training data set, JSON Lines."),
    ],
    *,
    validation: Annotated[
        str | None,
        typer.Option(metavar="PATH|gs://…", help="Validation data set, if any."),
    ] = None,
    kind: Annotated[Kind, typer.Option(help="What the job learns from.")] = (
        Kind.SUPERVISED
    ),
    model: Annotated[
        str | None, typer.Option(help="Base model, for its limits and its price.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs; without, the cost is of one.")
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1_000_000,
            help="USD per million training tokens, if not as listed.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Validate a data set and estimate the cost.

    Every line is looked at. Ends with 1 when the service would reject a data set, and
    with 2 when one cannot be read.
    """
    from pulumi_tuning.cli import preflight as command  # noqa: PLC0415 - start-up

    command.run(
        command.Options(
            training=training,
            validation=validation,
            kind=kind.value,
            model=model,
            epochs=epochs,
            usd_per_million=price,
            as_json=as_json,
        ),
        _clock(context),
    )
