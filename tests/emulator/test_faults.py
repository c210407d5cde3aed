"""Faults: which requests they meet, and what a client then sees."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pulumi_tuning.emulator import Emulator, Fault
from tests.emulator.bodies import JOBS, TRAIN, supervised

CREATE = r"/tuningJobs$"


def test_a_status_is_answered_in_googles_envelope(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A fault with a status alone answers Google's words for it, without the effect."""
    emulator.add_fault(Fault(method="POST", path=CREATE, status=503))

    faulty = client.post(JOBS, json=supervised())
    after = len(emulator.jobs())
    fine = client.post(JOBS, json=supervised())

    assert faulty.status_code == 503
    assert faulty.json() == {
        "error": {
            "code": 503,
            "message": "The service is currently unavailable.",
            "status": "UNAVAILABLE",
        }
    }
    assert after == 0
    assert fine.status_code == 200


@pytest.mark.parametrize(
    ("status", "word"),
    [
        pytest.param(400, "INVALID_ARGUMENT", id="400"),
        pytest.param(401, "UNAUTHENTICATED", id="401"),
        pytest.param(403, "PERMISSION_DENIED", id="403"),
        pytest.param(404, "NOT_FOUND", id="404"),
        pytest.param(409, "ABORTED", id="409"),
        pytest.param(429, "RESOURCE_EXHAUSTED", id="429"),
        pytest.param(500, "INTERNAL", id="500"),
        pytest.param(504, "DEADLINE_EXCEEDED", id="504"),
        pytest.param(418, "UNKNOWN", id="no status of an API"),
    ],
)
def test_every_status_has_its_word(
    client: httpx.Client, emulator: Emulator, status: int, word: str
) -> None:
    """The envelope carries the canonical word of the status."""
    emulator.add_fault(Fault(status=status))

    error = client.get(JOBS).json()["error"]

    assert (error["code"], error["status"]) == (status, word)


def test_a_status_may_come_after_the_effect(
    client: httpx.Client, emulator: Emulator
) -> None:
    """With `effect` a request is carried out although its answer is an error."""
    emulator.add_fault(Fault(method="POST", path=CREATE, status=503, effect=True))

    answer = client.post(JOBS, json=supervised())

    assert answer.status_code == 503
    assert len(emulator.jobs()) == 1


@pytest.mark.parametrize(
    ("cut", "jobs"),
    [pytest.param("before", 0, id="before"), pytest.param("after", 1, id="after")],
)
def test_a_cut_is_before_or_after_the_effect(
    served: Emulator, cut: str, jobs: int
) -> None:
    """A real connection is closed without an answer, and the journal says so."""
    served.add_fault(Fault.from_json({"method": "POST", "path": CREATE, "cut": cut}))

    with httpx.Client(base_url=served.url) as client:
        with pytest.raises(
            httpx.RemoteProtocolError, match="without sending a response"
        ):
            client.post(JOBS, json=supervised())
        alive = client.get(JOBS).status_code

    assert len(served.jobs()) == jobs
    assert [entry.status for entry in served.journal()] == [0, 200]
    assert alive == 200


def test_a_cut_closes_the_socket(served: Emulator) -> None:
    """A raw client reads the end of the stream, not a byte before it."""
    served.add_fault(Fault(cut="before"))
    address = urlsplit(served.url)

    with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
        raw.sendall(f"GET {JOBS} HTTP/1.1\r\nHost: emulator\r\n\r\n".encode())
        received = raw.recv(1024)

    assert received == b""


def test_a_cut_upload_leaves_nothing(served: Emulator) -> None:
    """A large upload whose connection is cut stores no object."""
    served.add_fault(Fault(method="POST", path="^/upload/", cut="before"))

    with (
        httpx.Client(base_url=served.url) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.post(
            "/upload/storage/v1/b/acme-tuning/o?uploadType=media&name=a",
            content=b"x" * 5_000_000,
        )

    with httpx.Client(base_url=served.url) as client:
        status = client.get("/storage/v1/b/acme-tuning/o/a").status_code
    assert status == 404


def test_a_cut_needs_no_socket(client: httpx.Client, emulator: Emulator) -> None:
    """The application closes the connection that it is given, read or not."""
    emulator.add_fault(Fault(method="POST", cut="before", times=2))

    for url in (JOBS, "/upload/storage/v1/b/acme-tuning/o?name=a"):
        with pytest.raises(httpx.RemoteProtocolError, match="the connection was cut"):
            client.post(url, content=b"x")

    assert [entry.status for entry in emulator.journal()] == [0, 0]


def test_a_client_that_goes_away_is_forgotten(emulator: Emulator) -> None:
    """A request that never arrives in full has no effect and is not in the journal."""
    received: asyncio.Queue[Any] = asyncio.Queue()
    sent: asyncio.Queue[Any] = asyncio.Queue()
    received.put_nowait({"type": "http.disconnect"})
    scope = {"type": "http", "method": "POST", "path": JOBS, "headers": []}

    asyncio.run(emulator.app(scope, received.get, sent.put))

    assert sent.empty()
    assert emulator.journal() == []


def test_an_answer_may_come_too_late(served: Emulator) -> None:
    """A delayed answer makes a client give up, although the request took effect."""
    served.add_fault(Fault(method="POST", path=CREATE, delay_seconds=30, effect=True))

    with (
        httpx.Client(base_url=served.url, timeout=0.2) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post(JOBS, json=supervised())

    assert len(served.jobs()) == 1
    assert served.journal()[0].status == 0


def test_a_delay_alone_only_delays(client: httpx.Client, emulator: Emulator) -> None:
    """A fault without an answer of its own gives the real one, with added headers."""
    emulator.add_fault(Fault(delay_seconds=0.01, headers={"x-late": "1"}))

    answer = client.post(JOBS, json=supervised())

    assert answer.status_code == 200
    assert answer.headers["x-late"] == "1"
    assert len(emulator.jobs()) == 1


def test_a_fault_is_met_a_number_of_times(
    client: httpx.Client, emulator: Emulator
) -> None:
    """The first requests pass, the next ones are met, the rest pass again."""
    emulator.add_fault(Fault(method="GET", path=CREATE, status=500, skip=2, times=2))

    statuses = [client.get(JOBS).status_code for _ in range(6)]

    assert statuses == [200, 200, 500, 500, 200, 200]


def test_a_fault_without_limit_stays_until_it_is_cleared(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A fault with no number of times meets every request."""
    emulator.add_fault(Fault(status=500, times=None))
    statuses = [client.get(JOBS).status_code for _ in range(3)]

    emulator.clear_faults()

    assert statuses == [500] * 3
    assert client.get(JOBS).status_code == 200


def test_the_first_of_several_faults_acts(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Faults act in the order in which they were added, one for each request."""
    emulator.add_fault(Fault(method="POST", status=500))
    emulator.add_fault(Fault(path=CREATE, status=429))
    emulator.add_fault(Fault(path=CREATE, status=503))

    statuses = [client.get(JOBS).status_code for _ in range(3)]

    assert statuses == [429, 503, 200]


def test_a_list_may_be_stale_for_new_jobs(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Jobs created since the fault was added are left out, older ones are listed."""
    old = client.post(JOBS, json=supervised()).json()
    emulator.advance(1)
    emulator.add_fault(Fault(method="GET", path=CREATE, stale_list=True))
    new = client.post(JOBS, json=supervised()).json()

    stale = client.get(JOBS).json()["tuningJobs"]
    fresh = client.get(JOBS).json()["tuningJobs"]

    assert stale == [old]
    assert fresh == [new, old]


def test_a_list_may_be_stale_for_some_seconds(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Jobs younger than so many seconds are left out."""
    emulator.add_fault(Fault(path=CREATE, method="GET", stale_list=5, times=None))
    old = client.post(JOBS, json=supervised()).json()
    early = client.get(JOBS).json()
    emulator.advance(6)
    client.post(JOBS, json=supervised())

    late = client.get(JOBS).json()

    assert early == {}
    assert late["tuningJobs"] == [old]


def test_an_answer_may_be_html(client: httpx.Client, emulator: Emulator) -> None:
    """A front end's page stands in for any service, by default as a bad gateway."""
    emulator.add_fault(Fault(html=True))
    emulator.add_fault(Fault(html=True, status=404, headers={"x-proxy": "1"}))

    gateway = client.get(JOBS)
    missing = client.get(JOBS)

    assert gateway.status_code == 502
    assert "The server encountered an error." in gateway.text
    assert missing.status_code == 404
    assert f"{JOBS}</code> was not found on this server" in missing.text
    assert missing.headers["content-type"].startswith("text/html")
    assert missing.headers["x-proxy"] == "1"


def test_a_body_may_be_given(client: httpx.Client, emulator: Emulator) -> None:
    """A fault answers JSON or text of its own, with headers of its own."""
    emulator.add_fault(Fault(status=403, body={"error": {"code": 403}}))
    emulator.add_fault(
        Fault(status=429, body="slow down", headers={"retry-after": "7"})
    )

    as_json = client.get(JOBS)
    as_text = client.get(JOBS)

    assert as_json.json() == {"error": {"code": 403}}
    assert (as_text.text, as_text.headers["retry-after"]) == ("slow down", "7")


def test_faults_meet_storage_too(client: httpx.Client, emulator: Emulator) -> None:
    """The path of an object is matched as it is read, not as it is encoded."""
    emulator.put_object("gs://acme-tuning/a b/c.jsonl", b"")
    emulator.add_fault(Fault(path=r"/o/a b/c\.jsonl$", status=403))

    answers = [
        client.get("/storage/v1/b/acme-tuning/o/a%20b%2Fc.jsonl") for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert TRAIN.startswith("gs://acme-tuning/")


def test_a_fault_of_another_name_is_refused() -> None:
    """A name that no fault has is named, rather than ignored."""
    with pytest.raises(ValueError, match="a fault has no colour, size"):
        Fault.from_json({"size": 1, "colour": "red"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("path", "(", id="no regular expression"),
        pytest.param("times", "3", id="text for a number"),
        pytest.param("status", 99, id="no status"),
        pytest.param("cut", "sideways", id="no way to cut"),
        pytest.param("headers", ["a"], id="no headers"),
        pytest.param("headers", {"retry-after": 5}, id="number for a header"),
        pytest.param("headers", {"x": "a\r\ny: b"}, id="header in two lines"),
        pytest.param("headers", {"x y": "a"}, id="header with a space"),
        pytest.param("html", "yes", id="text for a flag"),
        pytest.param("effect", 1, id="number for a flag"),
        pytest.param("times", -1, id="negative times"),
        pytest.param("delay_seconds", 1e308, id="endless delay"),
        pytest.param("stale_list", 1e308, id="staler than time"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(name: str, value: object) -> None:
    """A value that would break every request is refused when the fault is made."""
    with pytest.raises((TypeError, ValueError)):
        Fault.from_json({name: value})


def test_a_status_without_a_body_has_none(served: Emulator) -> None:
    """A fault may answer 204 or 304, which no body follows."""
    for fault in (Fault(status=204), Fault(status=304), Fault(status=204, html=True)):
        served.add_fault(fault)

    with httpx.Client(base_url=served.url) as client:
        answers = [client.get(JOBS) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [204, 304, 204, 200]
