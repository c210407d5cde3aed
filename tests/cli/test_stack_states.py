"""Exported states: understood in full, or refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pulumi_tuning import resource
from pulumi_tuning.cli.connection import Place
from pulumi_tuning.cli.stack_states import (
    IDENTITY_NAME,
    StackState,
    StackStateError,
    read_states,
)
from pulumi_tuning.lifecycle.identity import stack_label
from pulumi_tuning.resource_names import TuningJobName
from tests.cli.exports import (
    IDENTITY,
    OTHER_IDENTITY,
    Json,
    export,
    stash,
    tuning_job,
    write,
)

JOB = TuningJobName("896976011491", "us-central1", "358622033220499306")
ENCRYPTED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def shown(value: object) -> Json:
    """Return a secret as `pulumi stack export --show-secrets` writes it."""
    return {**ENCRYPTED, "plaintext": json.dumps(value)}


def parse(text: str) -> StackState:
    """Return what a state says."""
    return StackState.parse(text, "state.json")


def test_identity_has_the_name_that_programs_give_it() -> None:
    """The stash is looked for under the name that a program gives it."""
    assert IDENTITY_NAME == resource._IDENTITY


def test_state_says_when_it_was_written() -> None:
    """The time is that of the engine's last write."""
    state = parse(export(stash()))

    assert state.written == datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param([tuning_job(str(JOB))], {IDENTITY}, id="of a job"),
        pytest.param([stash()], {IDENTITY}, id="of the stash alone"),
        pytest.param(
            [stash(), tuning_job(str(JOB), identity=OTHER_IDENTITY)],
            {IDENTITY, OTHER_IDENTITY},
            id="of both",
        ),
        pytest.param([tuning_job(str(JOB), identity=None)], set(), id="a job read"),
        pytest.param([stash(type="acme:index:Stash")], set(), id="another type"),
        pytest.param([stash(urn="urn:pulumi:x::y::z::mine")], set(), id="another name"),
        pytest.param(
            [stash(outputs={"output": shown(IDENTITY)})], {IDENTITY}, id="shown secret"
        ),
        pytest.param(
            [tuning_job("", outputs={"__pulumiTuning": shown({"identity": IDENTITY})})],
            {IDENTITY},
            id="of a job that is all secret",
        ),
        pytest.param([], set(), id="an empty stack"),
    ],
)
def test_identities_are_those_of_this_package(
    resources: list[Json], expected: set[str]
) -> None:
    """Identities come from tuning jobs and from the stash, and nowhere else."""
    state = parse(export(*resources))

    assert state.stack_labels == {stack_label(identity) for identity in expected}


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(stash(outputs={"output": ENCRYPTED}), id="of the stash"),
        pytest.param(
            tuning_job("", outputs={"__pulumiTuning": {"identity": ENCRYPTED}}),
            id="of a job",
        ),
        pytest.param(
            tuning_job("", outputs={"__pulumiTuning": ENCRYPTED}),
            id="in all that a job hides",
        ),
    ],
)
def test_encrypted_identity_is_refused(resource: Json) -> None:
    """A stack whose jobs cannot be told is not taken for one without jobs."""
    with pytest.raises(StackStateError, match="is a secret: add --show-secrets"):
        parse(export(resource))


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param({}, {Place("emulated-project", "us-central1")}, id="as declared"),
        pytest.param(
            {"inputs": {}, "outputs": tuning_job("")["inputs"] | {"project": None}},
            {Place("896976011491", "us-central1")},
            id="as in the name",
        ),
        pytest.param(
            {"id": "gone", "inputs": {"project": ENCRYPTED}, "outputs": {}},
            set(),
            id="not known",
        ),
    ],
)
def test_places_are_where_jobs_are(fields: Json, places: set[Place]) -> None:
    """Projects and locations are those that jobs were declared in."""
    fields = {
        **fields,
        **(
            {"inputs": fields["inputs"] | {"__pulumiTuning": {"identity": IDENTITY}}}
            if "inputs" in fields
            else {}
        ),
    }

    state = parse(export(tuning_job(str(JOB), **fields)))

    assert state.places == places


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(tuning_job(str(JOB)), id="its own record"),
        pytest.param(tuning_job(str(JOB), delete=True), id="a pending deletion"),
        pytest.param({"outputs": {"endpoint": [f"of {JOB}"]}}, id="an output"),
        pytest.param({"inputs": {"id": 358622033220499306}}, id="a number"),
        pytest.param(
            {"id": str(JOB).replace("896976011491", "acme")}, id="the project's id"
        ),
    ],
)
def test_every_mention_counts(resource: Json) -> None:
    """A job is mentioned wherever its number stands."""
    state = parse(export(resource))

    assert state.mentions(JOB)


def test_pending_operations_are_mentions() -> None:
    """A deletion that has begun still knows its job."""
    operation = {"type": "deleting", "resource": tuning_job(str(JOB))}

    state = parse(export(pending=[operation]))

    assert state.mentions(JOB)
    assert state.creating == frozenset()


def test_begun_creation_is_known() -> None:
    """A creation of which nobody knows the end is that of its stack."""
    operation = {"type": "creating", "resource": tuning_job("")}
    other = {"type": "creating", "resource": {"type": "gcp:storage/bucket:Bucket"}}

    state = parse(export(pending=[operation, other]))

    assert state.creating == {stack_label(IDENTITY)}
    assert state.stack_labels == {stack_label(IDENTITY)}


def test_other_jobs_are_not_mentioned() -> None:
    """A job that stands nowhere is not mentioned."""
    state = parse(export(tuning_job(str(JOB))))

    assert not state.mentions(TuningJobName("1", "us-central1", "4611686018427387904"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "it is not JSON", id="nothing"),
        pytest.param("{", "it is not JSON", id="half a file"),
        pytest.param("[" * 200_000, "it is not JSON", id="too deep to be read"),
        pytest.param("[]", "it is not an exported state", id="a list"),
        pytest.param(
            '{"version": 3, "checkpoint": {}}',
            "it is not an exported state",
            id="a file of a backend",
        ),
        pytest.param(
            '{"version": 9, "deployment": {}}',
            "version 9 is not known here",
            id="a later version",
        ),
        pytest.param(
            '{"version": 3, "deployment": {"resources": []}}',
            "it does not say when it was written",
            id="no manifest",
        ),
        pytest.param(
            '{"version": 3, "deployment": {"manifest": {"time": "now"}}}',
            "it does not say when it was written",
            id="no time",
        ),
        pytest.param(
            '{"version": 3, "deployment": {"resources": ["job"]}}',
            "resources is not a list of objects",
            id="resources that are texts",
        ),
        pytest.param(
            '{"version": 3, "deployment": {"resources": null}}',
            "resources is not a list of objects",
            id="resources that are nothing",
        ),
        pytest.param(
            '{"version": 3, "deployment": {"pending_operations": {"a": 1}}}',
            "pending_operations is not a list of objects",
            id="operations that are no list",
        ),
    ],
)
def test_what_is_no_state_is_refused(text: str, reason: str) -> None:
    """Whatever cannot be understood is an error that names the file."""
    with pytest.raises(StackStateError) as caught:
        parse(text)

    assert str(caught.value) == (
        f"state.json: {reason}; give the output of `pulumi stack export`. "
        "Nothing was listed or cancelled"
    )


def test_current_version_is_known() -> None:
    """Exports of engines that write version 4 are read."""
    document = json.loads(export(stash())) | {"version": 4}

    state = parse(json.dumps(document))

    assert state.stack_labels == {stack_label(IDENTITY)}


def test_one_unreadable_file_refuses_all(tmp_path: Path) -> None:
    """No state is believed when one of them is missing."""
    good = write(tmp_path, export(stash()))

    with pytest.raises(StackStateError, match=r"missing\.json: No such file"):
        read_states([good, str(tmp_path / "missing.json")])


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    """A file of another shell's encoding is not guessed at."""
    path = tmp_path / "state.json"
    path.write_text(export(stash()), encoding="utf-16")

    with pytest.raises(StackStateError, match="it is not UTF-8"):
        read_states([str(path)])
