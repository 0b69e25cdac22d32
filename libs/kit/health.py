"""Asks the admin port: the health check of a container. Imports little, as it runs again and again.

python -S -m libs.kit.health             `/readyz` of this process: status 0 when ready; prints what is waited for
python -S -m libs.kit.health HOST…       `/startz` of other containers: prints those that have started
"""

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

SECONDS = 5.0


def main(hosts: Sequence[str]) -> int:
    """One question to each admin port."""
    if hosts:
        sys.stdout.write(" ".join(_started(hosts)) + "\n")
        return 0
    try:
        status, body = _answer(_asked("127.0.0.1", "/readyz"))
    except OSError as error:
        sys.stdout.write(f"the admin port does not answer: {error}\n")
        return 1
    sys.stdout.write(body + "\n")
    return 0 if status == b"200" else 1


def _started(hosts: Sequence[str]) -> list[str]:
    """All are asked before the first answer is read: each may take its time."""
    asked = []
    for host in hosts:
        with suppress(OSError):
            asked.append((host, _asked(host, "/startz")))
    found = []
    for host, connection in asked:
        with suppress(OSError):
            if _answer(connection)[0] == b"200":
                found.append(host)
    return found


def _asked(host: str, path: str) -> socket.socket:
    connection = socket.create_connection((host, int(os.environ["ADMIN_PORT"])), SECONDS)
    connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    return connection


def _answer(connection: socket.socket) -> tuple[bytes, str]:
    """Status and body."""
    with connection:
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return b"".join(head.split(b" ")[1:2]), body.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
