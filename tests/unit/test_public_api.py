"""The public surface: what is importable, and that its parts agree."""

import ast
import inspect

from pydantic.alias_generators import to_snake

import pulumi_tuning
from pulumi_tuning import TuningJob
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.names import OUTPUTS

FILLED = "dataset_fingerprints"
"""The one input that the preview fills in."""


def test_all_is_what_is_importable() -> None:
    """`__all__` lists every public name of the package, and each can be imported."""
    tree = ast.parse(inspect.getsource(pulumi_tuning))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }
    missing = [n for n in pulumi_tuning.__all__ if not hasattr(pulumi_tuning, n)]

    assert sorted(pulumi_tuning.__all__) == pulumi_tuning.__all__
    assert set(pulumi_tuning.__all__) == imported
    assert missing == []


def test_unknown_names_are_refused() -> None:
    """A misspelt name is an AttributeError, as in any module."""
    assert not hasattr(pulumi_tuning, "TuningJobs")


def test_public_names_are_documented() -> None:
    """Every public class and function has a docstring of its own."""
    undocumented = [
        name
        for name in pulumi_tuning.__all__
        if not getattr(pulumi_tuning, name).__doc__
    ]

    assert undocumented == []


def test_constructor_takes_every_input() -> None:
    """The constructor's parameters are the inputs that a program may give, and opts."""
    parameters = inspect.signature(TuningJob).parameters
    inputs = [name for name in TuningJobInputs.model_fields if name != FILLED]

    assert list(parameters) == ["resource_name", *inputs, "opts"]
    assert all(
        parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        and parameters[name].default is None
        for name in [*inputs, "opts"]
    )


def test_constructor_documents_every_parameter() -> None:
    """Each parameter of the constructor is described in its docstring."""
    text = str(inspect.getdoc(TuningJob.__init__))
    missing = [
        name
        for name in inspect.signature(TuningJob).parameters
        if f"\n    {name}: " not in text
    ]

    assert missing == []


def test_attributes_are_inputs_and_outputs() -> None:
    """A job's annotated attributes are all its inputs and outputs."""
    annotated = {
        node.target.id
        for node in ast.walk(ast.parse(inspect.getsource(TuningJob)))
        if isinstance(node, ast.AnnAssign)
        and node.value is None
        and isinstance(node.target, ast.Name)
        and ast.unparse(node.annotation).startswith("pulumi.Output[")
    }

    assert annotated == {*TuningJobInputs.model_fields, *map(to_snake, OUTPUTS)}


def test_functions_have_output_forms() -> None:
    """Each look-up has a form that takes outputs, with the same parameters."""
    for name in ("get_tuning_job", "list_tuning_jobs"):
        plain = inspect.signature(getattr(pulumi_tuning, name))
        output = inspect.signature(getattr(pulumi_tuning, f"{name}_output"))

        assert list(plain.parameters) == list(output.parameters)
