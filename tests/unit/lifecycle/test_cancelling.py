"""Cancel: it always converges, within its bound, and asks once where once is enough."""

from collections.abc import Callable

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiError,
    CredentialsError,
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from pulumi_tuning.job_state import FINAL_STATES, SUCCEEDED_STATES, JobState
from pulumi_tuning.lifecycle.cancelling import (
    ASK_AGAIN_SECONDS,
    BOUND_SECONDS,
    SHORTEST_SECONDS,
    CancelIgnoredError,
    Cancelled,
    CancelWindow,
    cancel,
)
from tests.support.factories import echo, inputs, job_name, services
from tests.support.fake_clock import FakeClock
from tests.support.vertex_service import (
    VertexService,
    html,
    refusal,
    refused,
    reset,
    timeout,
)

NAME = job_name()
CANCEL = ("POST", ":cancel$")
GET = ("GET", "/tuningJobs/1$")
STATES = [*JobState, "JOB_STATE_REVIEWED"]
DONE = [*sorted(FINAL_STATES), JobState.CANCELLING]
WORKING = [state for state in STATES if state not in DONE]

Fault = httpx.Response | Exception

PASSING: list[tuple[str, Fault]] = [
    ("400 failed precondition", refusal(400, "FAILED_PRECONDITION")),
    ("404", refusal(404)),
    ("409", refusal(409)),
    ("429", refusal(429)),
    ("500", refusal(500)),
    ("503", refusal(503)),
    ("502 of a proxy", html(502)),
    ("reset", reset()),
    ("refused", refused()),
    ("time-out", timeout()),
]
LASTING: list[tuple[str, Fault]] = [
    ("400", refusal(400)),
    ("401", refusal(401)),
    ("403", refusal(403)),
    ("404 of a proxy", html(404)),
]


def add_job(service: VertexService, state: str = JobState.RUNNING) -> None:
    """Add the job that is to be cancelled."""
    service.add_job(1, **echo(inputs().to_request()), state=state)


def cancelled(
    service: VertexService, bound_seconds: float = BOUND_SECONDS
) -> Cancelled:
    """Return how a job is found after its delete."""
    return cancel(services(service, service.clock), NAME, bound_seconds=bound_seconds)


def ended(
    service: VertexService, state: str, fault: Fault
) -> Callable[[httpx.Request], httpx.Response]:
    """Return an answer to a cancel before which the job has come to a state."""

    def answer(_: httpx.Request) -> httpx.Response:
        service.jobs[NAME]["state"] = state
        if isinstance(fault, Exception):
            raise fault
        return fault

    return answer


@pytest.mark.parametrize("state", DONE)
def test_job_that_works_no_more(service: VertexService, state: str) -> None:
    """A job that is final or being cancelled is left alone."""
    add_job(service, state)

    found = cancelled(service)

    assert not found.was_asked
    assert not found.lost_race
    assert found.live is not None
    assert found.live.state == state
    assert service.calls() == [f"GET /v1/{NAME}"]


def test_job_that_is_gone(service: VertexService) -> None:
    """A job that the service does not know any more is done."""
    assert cancelled(service) == Cancelled(live=None, was_asked=False)
    assert service.cancels == []


@pytest.mark.parametrize("state", WORKING)
def test_job_that_works(service: VertexService, state: str) -> None:
    """A job that works is cancelled with exactly one request."""
    add_job(service, state)

    found = cancelled(service)

    assert found.was_asked
    assert not found.lost_race
    assert found.live is not None
    assert found.live.state == JobState.CANCELLING
    assert service.cancels == [f"POST /v1/{NAME}:cancel"]


@pytest.mark.parametrize("seconds", [1, 10, 25])
def test_cancel_that_takes_its_time(service: VertexService, seconds: float) -> None:
    """A cancel that shows only later is waited for, not repeated."""
    add_job(service)
    service.cancel_seconds = seconds
    started = service.clock.monotonic()

    assert cancelled(service).was_asked

    assert len(service.cancels) == 1
    assert service.clock.monotonic() - started < seconds + 10


def test_cancel_that_is_forgotten(service: VertexService) -> None:
    """A cancel that has no effect for half a minute is asked again."""
    add_job(service)
    service.cancel_seconds = ASK_AGAIN_SECONDS + 10

    assert cancelled(service).was_asked

    assert len(service.cancels) == 2


@pytest.mark.parametrize("bound", [0.0, 1.0, 10.0, BOUND_SECONDS])
@pytest.mark.parametrize("state", WORKING)
def test_cancel_that_is_ignored(
    service: VertexService, state: str, bound: float
) -> None:
    """A job that works on is an error after the bound, never earlier or later."""
    add_job(service, state)
    service.cancel_seconds = None
    started = service.clock.monotonic()

    with pytest.raises(CancelIgnoredError) as caught:
        cancelled(service, bound)

    assert service.clock.monotonic() - started == pytest.approx(bound)
    assert str(caught.value) == (
        f"{NAME} is still {state} after {bound:g} s of cancelling. It stays recorded: "
        "run the command again, or raise the delete timeout of custom_timeouts"
    )
    assert len(service.cancels) <= 1 + bound / ASK_AGAIN_SECONDS


@pytest.mark.parametrize("fault", [pytest.param(f, id=name) for name, f in PASSING])
def test_refused_cancel_of_a_job_that_has_ended(
    fake_clock: FakeClock, fault: Fault
) -> None:
    """A cancel that loses the race against the job's end is done, whatever it got."""
    for state in DONE:
        service = VertexService(fake_clock)
        add_job(service)
        service.script(*CANCEL, ended(service, state, fault))

        found = cancelled(service)

        assert found.was_asked
        assert found.lost_race is (state in SUCCEEDED_STATES)
        assert len(service.cancels) <= 3


@pytest.mark.parametrize("fault", [pytest.param(f, id=name) for name, f in PASSING])
def test_refused_cancel_of_a_job_that_is_gone(
    service: VertexService, fault: Fault
) -> None:
    """A cancel of a job that vanishes meanwhile is done."""
    add_job(service)

    def vanish(_: httpx.Request) -> httpx.Response:
        service.jobs.clear()
        if isinstance(fault, Exception):
            raise fault
        return fault

    service.script(*CANCEL, vanish, endless=True)

    assert cancelled(service) == Cancelled(live=None, was_asked=True)


@pytest.mark.parametrize("fault", [pytest.param(f, id=name) for name, f in PASSING])
def test_refused_cancel_of_a_job_that_works(
    fake_clock: FakeClock, fault: Fault
) -> None:
    """A cancel that fails is asked again while the job works on."""
    for state in WORKING:
        service = VertexService(fake_clock)
        add_job(service, state)
        service.script(*CANCEL, *[fault] * 4)

        found = cancelled(service)

        assert found.live is not None
        assert found.live.state == JobState.CANCELLING


@pytest.mark.parametrize("fault", [pytest.param(f, id=name) for name, f in PASSING])
def test_cancel_that_is_always_refused(service: VertexService, fault: Fault) -> None:
    """A cancel that is always refused is an error after the bound, with its reason."""
    add_job(service)
    service.script(*CANCEL, fault, endless=True)
    started = service.clock.monotonic()

    with pytest.raises(
        CancelIgnoredError, match=r"s of cancelling \(cancel "
    ) as caught:
        cancelled(service)

    assert service.clock.monotonic() - started == pytest.approx(BOUND_SECONDS)
    assert isinstance(caught.value.__cause__, ApiError)


@pytest.mark.parametrize("fault", [pytest.param(f, id=name) for name, f in LASTING])
@pytest.mark.parametrize("call", [CANCEL, GET], ids=["cancel", "look"])
def test_refusal_that_lasts(
    service: VertexService, call: tuple[str, str], fault: Fault
) -> None:
    """A refusal that no wait can change is raised at once: the job stays recorded."""
    add_job(service)
    service.script(*call, fault, endless=True)

    with pytest.raises(ApiError) as caught:
        cancelled(service)

    assert isinstance(
        caught.value,
        (
            InvalidArgumentError,
            UnauthenticatedError,
            PermissionDeniedError,
            UnexpectedResponseError,
        ),
    )
    assert sum(service.clock.sleeps) == 0


@pytest.mark.parametrize(
    "fault", [pytest.param(f, id=name) for name, f in PASSING if name != "404"]
)
def test_job_that_cannot_be_looked_at(service: VertexService, fault: Fault) -> None:
    """A job that cannot be looked at is not cancelled blindly, and stays recorded."""
    add_job(service)
    service.script(*GET, fault, endless=True)

    with pytest.raises(CancelIgnoredError, match="is still in an unknown state after"):
        cancelled(service)

    assert service.cancels == []


@pytest.mark.parametrize(
    "fault", [pytest.param(f, id=name) for name, f in PASSING if name != "404"]
)
def test_trouble_that_passes(service: VertexService, fault: Fault) -> None:
    """Trouble before and after the cancel is survived."""
    add_job(service)
    service.script(*GET, *[fault] * 4)
    service.script(*CANCEL, fault)

    found = cancelled(service)

    assert found.live is not None
    assert found.live.state == JobState.CANCELLING


def test_trouble_between_cancel_and_look(service: VertexService) -> None:
    """A look that fails after an accepted cancel does not repeat the cancel."""
    add_job(service)

    def accept(request: httpx.Request) -> httpx.Response:
        service.script(*GET, *[refusal(503)] * 7)
        return service.answer(request)

    service.script(*CANCEL, accept)

    assert cancelled(service).was_asked
    assert len(service.cancels) == 1


def test_trouble_that_is_over(service: VertexService) -> None:
    """What an accepted cancel has left behind is not named as the reason."""
    add_job(service)
    service.cancel_seconds = None
    service.script(*CANCEL, refusal(409))

    with pytest.raises(CancelIgnoredError) as raised:
        cancelled(service)

    assert "409" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_unreadable_answer_of_a_good_cancel(service: VertexService) -> None:
    """The answer of a cancel says nothing: an unreadable one may be a good one."""
    add_job(service)

    def accept(request: httpx.Request) -> httpx.Response:
        service.answer(request)
        return httpx.Response(200, text="OK")

    service.script(*CANCEL, accept)

    found = cancelled(service)

    assert found.live is not None
    assert found.live.state == JobState.CANCELLING
    assert len(service.cancels) == 1


def test_credentials_that_are_missing(service: VertexService) -> None:
    """Without credentials nothing is cancelled and the job stays recorded."""
    outside = services(service, service.clock, access_token=None, credentials="{}")

    with pytest.raises(CredentialsError):
        cancel(outside, NAME, bound_seconds=BOUND_SECONDS)


def test_calls_are_bounded(service: VertexService) -> None:
    """No call may take longer than what is left of the bound, or than a second."""
    add_job(service)
    service.cancel_seconds = None

    with pytest.raises(CancelIgnoredError):
        cancelled(service, 12.0)

    seconds = [r.extensions["timeout"]["read"] for r in service.requests]
    assert max(seconds) == 12.0
    assert min(seconds) == 1.0


def test_bound_is_shared(service: VertexService, fake_clock: FakeClock) -> None:
    """Deletes that follow each other share one bound; late ones wait a short while."""
    add_job(service)
    service.cancel_seconds = None
    window = CancelWindow(fake_clock)
    outside = services(service, fake_clock)
    started = fake_clock.monotonic()

    for _ in range(10):
        with pytest.raises(CancelIgnoredError):
            cancel(outside, NAME, bound_seconds=BOUND_SECONDS, window=window)

    assert fake_clock.monotonic() - started == pytest.approx(
        BOUND_SECONDS + 9 * SHORTEST_SECONDS
    )


def test_bound_of_a_delete_that_goes_on(fake_clock: FakeClock) -> None:
    """A delete that comes while the first one still waits has no new bound."""
    window = CancelWindow(fake_clock)

    with window.deadline(100.0) as first:
        fake_clock.advance(60.0)
        with window.deadline(100.0) as second:
            assert second == first


def test_bound_starts_anew(fake_clock: FakeClock) -> None:
    """A delete that comes after a pause has the whole bound."""
    window = CancelWindow(fake_clock)
    with window.deadline(100.0) as first, window.deadline(100.0) as second:
        assert first == second == fake_clock.monotonic() + 100.0
        fake_clock.advance(60.0)

    with window.deadline(100.0) as following:
        assert following == first
    fake_clock.advance(SHORTEST_SECONDS + 0.1)
    with window.deadline(100.0) as later:
        assert later == fake_clock.monotonic() + 100.0
    with window.deadline(1.0) as short:
        assert short == fake_clock.monotonic() + 1.0
