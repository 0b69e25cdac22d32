"""`python -m services.gateway parse` as another program uses it: a line in, a line out."""

import json
import subprocess
import sys
from io import BytesIO

from services.gateway.whatsapp.normal_form import run

EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'


def test_each_line_is_answered_before_the_next_is_written() -> None:
    command = [sys.executable, "-m", "services.gateway", "parse"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for line, disposition in [(EMPTY, "empty"), (b"", "malformed"), (b"[]", "not_meta_envelope")]:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["disposition"] == disposition
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(timeout=60) == 0


def test_lines_of_every_kind_give_one_line_each() -> None:
    lines = [EMPTY, b"", b" ", b"\r", b"\xff\xfe", b"\xef\xbb\xbf" + EMPTY, b"[" * 10_000, EMPTY]
    out = BytesIO()
    run(BytesIO(b"\n".join(lines)), out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [form["disposition"] for form in found] == [
        "empty", "malformed", "malformed", "malformed", "malformed", "empty", "malformed", "empty",
    ]  # fmt: skip
    assert out.getvalue().endswith(b"\n")


def test_what_people_write_is_printed_as_they_wrote_it() -> None:
    text = "बिजली\u2028 नहीं 😀"
    message = {"id": "wamid.1", "type": "text", "text": {"body": text}}
    body = {"entry": [{"changes": [{"field": "messages", "value": {"messages": [message]}}]}]}
    out = BytesIO()
    run([json.dumps(body).encode()], out)
    assert text.encode() in out.getvalue()
    assert out.getvalue().count(b"\n") == 1
