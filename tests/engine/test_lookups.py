"""Jobs that a program reads without managing them."""

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, program
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]


@pytest.fixture
def pacing() -> Pacing:
    """Give jobs that do not end by themselves."""
    return ENDLESS


@pytest.fixture
def name(emulator: Emulator) -> str:
    """Give the name of a job that no stack has started."""
    spec = {"trainingDatasetUri": "gs://acme/train.jsonl"}
    theirs = emulator.add_job(
        {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": spec,
            "labels": {"team": "theirs"},
            "tunedModelDisplayName": "Theirs",
        }
    )
    return str(theirs["name"])


LOOKUPS = """
plain = tuning.get_tuning_job(NAME)
listed = tuning.list_tuning_jobs(filter='labels.team="theirs"')
pulumi.export("plain", [plain.state, plain.base_model, plain.labels, plain.error])
pulumi.export("listed", [job.tuned_model_display_name for job in listed])

box = Box("box", NAME)
after = pulumi.InvokeOutputOptions(depends_on=[box])
pulumi.export("at once", tuning.get_tuning_job_output(NAME).state)
pulumi.export("later", tuning.get_tuning_job_output(box.value).state)
pulumi.export("after", tuning.get_tuning_job_output(NAME, opts=after).state)
pulumi.export("count", tuning.list_tuning_jobs_output(
    project=box.value.apply(lambda name: name.split("/")[1]),
    opts=pulumi.InvokeOptions(),
).apply(len))

read = tuning.TuningJob.get("read", NAME)
pulumi.export("read", [read.state, read.base_model, read.labels])
pulumi.export("endpoint", read.wait_for_completion(timeout="20s").endpoint)
"""


def test_look_ups(stack: Stack, emulator: Emulator, name: str) -> None:
    """A job is read in previews too; what depends on others is read after them.

    Reading starts, changes and cancels nothing.
    """
    stack.write(program(f"NAME = {name!r}\n{LOOKUPS}"))

    running = stack.preview()
    emulator.preset(name, state="JOB_STATE_SUCCEEDED")
    ended = stack.preview()
    stack.up()
    outputs = stack.outputs()
    stack.destroy()

    state = "JOB_STATE_SUCCEEDED"
    model = ["gemini-2.5-flash", {"team": "theirs"}]
    assert '"JOB_STATE_RUNNING"' in running.stdout
    assert emulator.job(name)["tunedModel"]["endpoint"] in ended.stdout
    assert outputs == {
        "plain": [state, *model, None],
        "listed": ["Theirs"],
        "at once": state,
        "later": state,
        "after": state,
        "count": 1,
        "read": [state, *model],
        "endpoint": emulator.job(name)["tunedModel"]["endpoint"],
    }
    assert emulator.journal("POST") == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            "tuning.get_tuning_job_output(NAME + '9')",
            "404 NOT_FOUND: The TuningJob does not exist.",
            id="an output form",
        ),
        pytest.param(
            "tuning.TuningJob.get('read', NAME + '9')",
            "404 NOT_FOUND: The TuningJob does not exist.",
            id="a resource that is read",
        ),
        pytest.param(
            "job('bot', ResourceOptions(import_=NAME))",
            "import_ does not work for a tuning job: give its name to adopt",
            id="an import",
        ),
    ],
)
def test_job_that_cannot_be_had(
    stack: Stack, name: str, call: str, message: str
) -> None:
    """A job that is not there, or not to be had so, is told in a line."""
    stack.write(program(f"NAME = {name!r}\n{call}"))

    failed = stack.preview(exit_code=1)

    assert message in failed.text
    assert "site-packages" not in failed.text


def test_error_of_a_plain_function_can_be_caught(stack: Stack, name: str) -> None:
    """A program may catch what a function raises; if not, the traceback is short."""
    lines = f"""
    from pulumi_tuning.errors import NotFoundError
    NAME = {name!r}
    try:
        tuning.get_tuning_job(NAME + "9")
    except NotFoundError:
        pulumi.log.warn("none yet")
    tuning.list_tuning_jobs(location="nowhere!")
    """
    stack.write(program(lines))

    failed = stack.preview(exit_code=1)

    assert "none yet" in failed.text
    assert "SettingsError: gcp:region: 'nowhere!' is not a location" in failed.text
    assert "site-packages" not in failed.text


DEPENDING = """
class Model(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("acme:index:Model", name)
        job(name, ResourceOptions(parent=Group("group", ResourceOptions(parent=self))))

model = Model("bot")
for name, depends_on in {
    "one": model,
    "list": [model],
    "output": Output.from_input(1).apply(lambda _: [model]),
}.items():
    after = pulumi.InvokeOutputOptions(depends_on=depends_on)
    pulumi.export(name, tuning.list_tuning_jobs_output(opts=after).apply(len))
"""


def test_look_up_that_depends_on_a_component(stack: Stack) -> None:
    """A look-up waits for the jobs below a component, and is unknown until then."""
    stack.write(program(DEPENDING))

    previewed = stack.preview()
    stack.up()
    stack.preview("--expect-no-changes")

    assert previewed.stdout.count("[unknown]") == 3
    assert stack.outputs() == {"one": 1, "list": 1, "output": 1}
