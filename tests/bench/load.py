"""The clients of the bench: as many keep-alive connections as wanted, and as little processor time as possible.

The load shares two cores with what it measures, so bodies go from the page cache to the socket by sendfile and heads
are built before the clock starts. A thread spends its time inside system calls, where it holds no lock.
"""

import os
import socket
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.photographs import Payload

TIMEOUT_SECONDS = 60


class LoadError(Exception):
    """The peer refused a request, answered something unexpected, or fell silent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request ready to be sent, perhaps with a body, and the status line prefix that a good answer has."""

    head: bytes
    payload: Payload | None
    expected: bytes = b"HTTP/1.1 201 "


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the load took: seconds from the first byte to the last answer."""

    seconds: float
    requests: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def request_head(method: str, path: str, payload: Payload, headers: dict[str, str]) -> bytes:
    """The head of a request, with the length of its body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {payload.size}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def question(path: str, headers: dict[str, str]) -> Request:
    """A GET, which has no body."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return Request("\r\n".join([*lines, "", ""]).encode(), None, b"HTTP/1.1 200 ")


def run_load(port: int, requests: Sequence[Request], clients: int) -> Outcome:
    """Sends all requests over `clients` connections, each taking the next one when it has its answer."""
    remaining = iter(requests)
    turn = threading.Lock()
    ready = threading.Barrier(clients + 1)
    failures: list[BaseException] = []

    def client() -> None:
        try:
            with _connect(port) as connection:
                ready.wait()
                while True:
                    with turn:
                        request = next(remaining, None)
                    if request is None or failures:
                        return
                    _exchange(connection, request)
        except BaseException as failure:  # handed to the caller below
            failures.append(failure)
            ready.abort()

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        ready.wait()
    except threading.BrokenBarrierError:
        raise failures[0] from None
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Outcome(time.perf_counter() - started, len(requests))


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Python's own timeouts make the socket non-blocking, and sendfile then returns after every bufferful.
    limit = struct.pack("ll", TIMEOUT_SECONDS, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connection.settimeout(None)
    return connection


def _exchange(connection: socket.socket, request: Request) -> None:
    if request.payload is None:
        connection.sendall(request.head)
    else:
        _send_with_body(connection, request.head, request.payload)
    answer = _receive_answer(connection)
    if not answer.startswith(request.expected):
        raise LoadError(answer[:2000].decode(errors="replace"))


def _send_with_body(connection: socket.socket, head: bytes, payload: Payload) -> None:
    left = payload.size - len(payload.head)
    connection.sendall(head + payload.head, socket.MSG_MORE if left else 0)
    with open(payload.file, "rb") as file:
        offset = payload.offset
        while left:
            sent = os.sendfile(connection.fileno(), file.fileno(), offset, left)
            if sent == 0:
                raise LoadError(f"{payload.file} is shorter than it was")
            offset, left = offset + sent, left - sent


def _receive_answer(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _receive(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += _receive(connection)
    return head + b"\r\n\r\n" + body


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise LoadError("the server closed the connection without an answer")
    return received
