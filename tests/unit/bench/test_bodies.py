"""What the load generator sends is what the product takes for Meta's."""

import json

from bench.load.bodies import Envelope, messages_of, status_form
from bench.load.order import Crowd, Order, Part, Say, Turn, phone_of
from bench.load.provider import field
from services.gateway.whatsapp import to_content
from services.gateway.whatsapp.signature import valid
from services.gateway.whatsapp.split import split

SAYS = (Say("text", "नमस्ते"), Say("tap", "billing:bill"))
PART = Part("mvvnl", "100000000000002", "918010924203", Crowd(0, 1), (Turn(SAYS, shows="₹"),))


def body_of(request: bytes) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return body


def test_messages_are_split_signed_and_understood_as_meta_s() -> None:
    changes = messages_of(PART, SAYS, b"919000000001", 10, b"1764000000")
    request = Envelope("127.0.0.1", 8081, "secret").request(changes)
    body = body_of(request)
    signature = request.partition(b"X-Hub-Signature-256: ")[2].partition(b"\r\n")[0].decode()
    assert valid(body, signature, (b"secret",))
    found = list(split(body).updates)
    assert [update.kind for update in found] == ["message", "message"]
    assert [update.phone_number_id for update in found] == ["100000000000002"] * 2
    contents = [to_content(update.value["messages"][0]) for update in found]
    assert [getattr(content, "body", None) or getattr(content, "id", None) for content in contents] == [
        "नमस्ते",
        "billing:bill",
    ]
    assert len({update.dedupe for update in found}) == 2


def test_statuses_are_taken_for_meta_s() -> None:
    form = status_form("100000000000002", "918010924203", "delivered")
    change = form.filled(phone=b"919000000001", wamid=b"wamid.OUT1", time=b"1764000000", callback=b"20251125.x")
    found = list(split(body_of(Envelope("h", 1, "s").request([change]))).updates)
    assert [update.kind for update in found] == ["status"]
    assert found[0].value["statuses"][0]["biz_opaque_callback_data"] == "20251125.x"


def test_an_order_survives_its_way_to_the_load_process() -> None:
    order = Order(100, 5, (PART,), per_post=3, statuses=2, give_up=1.5)
    assert Order.loaded(order.dumped()) == order


def test_people_have_indian_mobile_numbers() -> None:
    assert phone_of(0) == "916000000000"
    assert len(phone_of(2_000_999_999)) == 12


def test_a_field_is_found_in_a_request_and_not_in_what_a_person_wrote() -> None:
    request = json.dumps({"text": {"body": '"to":"+1"'}, "to": "+919000000001"}, separators=(",", ":")).encode()
    assert field(request, b"to") == b"+919000000001"
    assert field(request, b"recipient") == b""
