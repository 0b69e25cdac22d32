"""Asks this process's own `/readyz`: the health check of a container. Imports little, as it runs every few seconds.

python -S -m libs.kit.health     status 0 when ready; prints what is waited for
"""

import os
import socket
import sys

SECONDS = 5.0


def main() -> int:
    """One question to the admin port."""
    try:
        with socket.create_connection(("127.0.0.1", int(os.environ["ADMIN_PORT"])), SECONDS) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    except OSError as error:
        sys.stdout.write(f"the admin port does not answer: {error}\n")
        return 1
    head, _, body = answer.partition(b"\r\n\r\n")
    sys.stdout.write(body.decode(errors="replace") + "\n")
    return 0 if head.split(b" ")[1:2] == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main())
