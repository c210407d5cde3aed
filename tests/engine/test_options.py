"""Resource options and the commands' own options, as Pulumi documents them."""

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, program, urn
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]


@pytest.fixture
def pacing() -> Pacing:
    """Give jobs that do not end by themselves."""
    return ENDLESS


IGNORING = """
hyper = "supervised_tuning_spec.hyper_parameters"
for name, paths in {{
    "snake": [f"{{hyper}}.epoch_count", f"{{hyper}}.learning_rate_multiplier"],
    "camel": ["supervisedTuningSpec.hyperParameters"],
    "wildcard": [f"{{hyper}}[*]"],
    "everything": ["*"],
}}.items():
    job(name, ResourceOptions(ignore_changes=paths),
        epoch_count={epochs}, learning_rate_multiplier={epochs}.5)
for name, paths in {{
    "keys": ["labels.team", 'labels["base_model"]'],
    "any key": ["labels.*"],
    "another key": ["labels.other"],
}}.items():
    job(name, ResourceOptions(ignore_changes=paths),
        labels={{"team": "t{epochs}", "base_model": "b{epochs}"}})
"""
IGNORED = dict.fromkeys(
    ["snake", "camel", "wildcard", "everything", "keys", "any key"], "same"
)


def test_ignore_changes(stack: Stack, emulator: Emulator) -> None:
    """Ignored paths hide changes of the program and of the live job, and no others."""
    expected = IGNORED | {"another key": "replace"}
    stack.write(program(IGNORING.format(epochs=2)))
    stack.up()
    stack.write(program(IGNORING.format(epochs=3)))

    changed = stack.preview()
    drift = dict.fromkeys(("team", "base_model"), "drifted")
    for job in emulator.jobs():
        emulator.preset(
            job["name"],
            labels={k: drift.get(k, v) for k, v in job["labels"].items()},
            supervisedTuningSpec={
                **job["supervisedTuningSpec"],
                "hyperParameters": {"epochCount": "9", "learningRateMultiplier": 9},
            },
        )
    stack.write(program(IGNORING.format(epochs=2)))
    drifted = stack.preview()

    assert {name: changed.operations[name] for name in expected} == expected
    assert {name: drifted.operations[name] for name in expected} == expected
    assert [drifted.messages(name) for name in IGNORED] == [[]] * len(IGNORED)


BEFORE = """
job("rooted"); job("before")
job("protected", ResourceOptions(protect=True))
job("retained", ResourceOptions(retain_on_delete=True))
job("first deleted", ResourceOptions(delete_before_replace=True))
job("timeouts", ResourceOptions(custom_timeouts={"delete": "10s"}))
job("secretive", ResourceOptions(additional_secret_outputs=["tuned_model", "name"]))
job("never replaced", ResourceOptions(replace_on_changes=["on_failure"]))

def describe(args):
    if args.name == "transformed":
        args.props["description"] = "transformed"
    return pulumi.ResourceTransformResult(args.props, args.opts)

job("transformed", ResourceOptions(transforms=[describe]))
job("last", ResourceOptions(depends_on=[job("one"), job("two")]))
"""
AFTER = """
group = Group("group")
inner = Group("inner", ResourceOptions(parent=group))
job("rooted", ResourceOptions(
    parent=inner, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))
job("after", ResourceOptions(aliases=[pulumi.Alias(name="before")]))
job("protected", ResourceOptions(protect=True))
job("first deleted", ResourceOptions(delete_before_replace=True), epoch_count=3)
job("timeouts", ResourceOptions(custom_timeouts={"delete": "20s"}))
job("secretive", ResourceOptions(additional_secret_outputs=["tuned_model", "name"]))
job("never replaced", ResourceOptions(replace_on_changes=["on_failure"]),
    on_failure="keep")
job("last", ResourceOptions(depends_on=[job("one"), job("two")]))
"""
NESTED = """
inner = Group("inner", ResourceOptions(parent=Group("group")))
tuned = job("bot", ResourceOptions(parent=inner)).wait_for_completion(timeout="1ms")
job("next", ResourceOptions(parent=inner), description=tuned.endpoint)
"""


def ids(stack: Stack) -> dict[str, str]:
    """Return the id of each recorded job by its logical name."""
    return {
        r["urn"].rpartition("::")[2]: r["id"]
        for r in stack.resources()
        if r["type"].endswith("TuningJob")
    }


def test_resource_options(stack: Stack, emulator: Emulator) -> None:
    """Each option does what Pulumi says; a rename or a move starts nothing."""
    stack.write(program(BEFORE))
    stack.up()
    before = ids(stack)
    secretive = stack.resource("secretive")
    live = {job["name"]: job for job in emulator.jobs()}
    emulator.clear_journal()
    stack.write(program(AFTER))

    changed = stack.up()

    after = ids(stack)
    assert changed.operations["rooted"] == changed.operations["after"] == "same"
    assert changed.operations["never replaced"] == "update"
    kept = {"rooted", "protected", "timeouts", "secretive", "last", "never replaced"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["after"] == before["before"]
    assert live[before["transformed"]]["description"] == "transformed"
    one, two, last = (live[before[n]]["createTime"] for n in ("one", "two", "last"))
    assert max(one, two) < last
    assert set(secretive["additionalSecretOutputs"]) == {"tunedModel", "name"}
    assert "ciphertext" in secretive["outputs"]["name"]
    calls = [e.path for e in emulator.journal("POST")]
    assert calls[0] == f"/v1/{before['first deleted']}:cancel"
    assert len([path for path in calls if path.endswith("/tuningJobs")]) == 1
    cancelled = {path.removeprefix("/v1/").removesuffix(":cancel") for path in calls}
    assert {before["first deleted"], before["transformed"]} <= cancelled
    assert before["retained"] not in cancelled


def test_rows_below_components(stack: Stack) -> None:
    """Reasons and errors of a job below components stand on its own row."""
    stack.write(program(NESTED))

    failed = stack.up(exit_code=1)

    row = urn("bot", "acme:index:Group", "acme:index:Group")
    (error,) = [d for d in failed.diagnostics if d.urn == row and d.severity == "error"]
    assert "after 0s; it goes on and stays recorded" in error.message
    assert any("estimated" in d.message for d in failed.diagnostics if d.urn == row)
    assert failed.operations["bot"] == "create"
    assert "next" not in failed.operations


def test_names_and_states_that_move(stack: Stack, emulator: Emulator) -> None:
    """A renamed stack and a lost record start nothing; messages find the new row."""
    stack.write(program("job('bot')\njob('other')"))
    stack.up()
    before = ids(stack)
    stack.run("stack", "rename", "renamed")
    stack.environment["PULUMI_STACK"] = "renamed"
    stack.run("state", "delete", urn("other").replace("test", "renamed", 1), "--yes")
    emulator.clear_journal()

    found = stack.up()
    emulator.preset(before["bot"], createTime="2020-01-01T00:00:00Z", expired=True)
    emulator.preset(before["other"], state="JOB_STATE_SUCCEEDED")
    stack.refresh()
    emulator.preset(before["other"], expired=True)
    refreshed = stack.refresh()

    assert ids(stack) == {"other": before["other"]}
    assert emulator.journal("POST") == []
    assert found.messages("other")[-1].startswith(f"adopted {before['other']}")
    (kept,) = [d for d in refreshed.diagnostics if d.name == "other"]
    assert kept.urn.startswith("urn:pulumi:renamed::")
    assert "is not found any more and stays recorded: it succeeded" in kept.message


def test_targets(stack: Stack, emulator: Emulator) -> None:
    """A target is started, replaced and cancelled alone.

    The very first one needs the stack's identity beside it, and the engine says so.
    """
    both = "job('a', description='{0}')\njob('b', description='{0}')"
    stack.write(program(both.format("old")))

    alone = stack.up("--target", urn("a"), exit_code=1)
    none_yet = len(emulator.jobs())
    identity = "**::pulumi-tuning-identity"
    stack.up("--target", urn("a"), "--target", identity)
    first = ids(stack)
    stack.write(program(both.format("new")))
    stack.up("--target", urn("a"))
    second = ids(stack)
    stack.destroy("--target", urn("a"))

    assert none_yet == 0
    assert "Stash::pulumi-tuning-identity' which was" in alone.text
    assert first.keys() == second.keys() == {"a"}
    assert first["a"] != second["a"]
    assert ids(stack) == {}
    states = {job["name"]: job["state"] for job in emulator.jobs()}
    assert states == dict.fromkeys([first["a"], second["a"]], "JOB_STATE_CANCELLED")


def test_protection(stack: Stack, emulator: Emulator) -> None:
    """A protected job is neither replaced nor cancelled."""
    protected = "job('safe', ResourceOptions(protect=True), {})\njob('other')"
    stack.write(program(protected.format("")))
    stack.up()
    stack.write(program(protected.format("epoch_count=7")))

    refused = stack.up(exit_code=1)
    stack.destroy("--exclude-protected")

    states = {name: emulator.job(name)["state"] for name in ids(stack).values()}
    assert "unable to replace resource" in refused.text
    assert len(emulator.jobs()) == 2
    assert list(ids(stack)) == ["safe"]
    assert list(states.values()) == ["JOB_STATE_RUNNING"]


def test_update_plans(stack: Stack, emulator: Emulator) -> None:
    """A plan that a preview saved holds the update to it, from the first one on."""
    stack.environment["PULUMI_EXPERIMENTAL"] = "true"
    plan = str(stack.folder / "plan.json")
    stack.write(program("job('bot')"))

    stack.preview("--save-plan", plan)
    stack.up("--plan", plan)
    stack.preview("--expect-no-changes")
    stack.write(program("job('bot', epoch_count=3)"))
    refused = stack.up("--plan", plan, exit_code=None)
    stack.preview("--save-plan", plan)
    stack.up("--plan", plan)

    assert refused.exit_code != 0
    assert "violates plan" in refused.text
    assert len(emulator.journal("POST", "/tuningJobs$")) == 2
