"""The test's own provider process: it does with a provider what the engine does."""

import pytest

from tests.support.echo_provider import EchoProvider
from tests.support.host import UNKNOWN, HostError, Message, ProviderHost, Read, secret

pytestmark = pytest.mark.provider


def test_calls() -> None:
    """Every call reaches the provider, and its answer comes back as properties."""
    with ProviderHost(EchoProvider()) as host:
        checked = host.check({}, {"size": 3})
        diffed = host.diff("id", {"size": 1}, {"size": UNKNOWN})
        read = host.read("id", {"size": 2})
        updated = host.update("id", {"size": 1}, {"size": 2})

    assert checked.inputs == {"size": 3}
    assert checked.failures == (("size", "not 3"),)
    assert diffed.has_changes
    assert diffed.replaces == ("size",)
    assert diffed.deletes_before_replace
    assert read == Read(id="id", outputs={"size": 2}, inputs={"size": 1})
    assert updated == {"old": 1, "new": 2}


def test_get_reads_with_inputs_alone() -> None:
    """A resource that the program only reads has inputs and nothing recorded."""
    with ProviderHost(EchoProvider()) as host:
        read = host.read("id", {}, {"size": 2})

    assert read.outputs == {"size": 2}


def test_configuration_arrives() -> None:
    """The stack's configuration arrives, and secrets in it are readable."""
    config = {"gcp:project": "acme", "gcp:accessToken": secret("ya29")}

    with ProviderHost(EchoProvider(), config=config) as host:
        created = host.create({})

    assert created.outputs == {"project": "acme", "token": "ya29"}


def test_messages_and_output_are_kept() -> None:
    """What the provider logs and what it prints can be told apart."""
    with ProviderHost(EchoProvider()) as host:
        host.create({})

    expected = Message(severity="WARNING", text="made", urn="urn", is_ephemeral=True)
    assert host.messages == [expected]
    assert host.output == "printed\n"


def test_error_of_the_provider_is_raised() -> None:
    """An exception in the provider comes with the text that the user would see."""
    with (
        ProviderHost(EchoProvider()) as host,
        pytest.raises(HostError, match="ValueError: cannot delete 2"),
    ):
        host.delete("id", {"size": 2})


def test_process_ends() -> None:
    """The process ends by itself when the engine is done with it."""
    with ProviderHost(EchoProvider()) as host:
        host.check({}, {})

    assert host.process.returncode == 0
