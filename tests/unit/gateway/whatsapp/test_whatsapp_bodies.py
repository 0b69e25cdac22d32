"""Replies as WhatsApp takes them: the shape that fits, within every limit, or an error before anything is sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.schemas.messages import Attachment, Link, Option, Reply, Sender, Template
from services.gateway.whatsapp import render, rendered
from services.gateway.whatsapp.limits import DoesNotFit, units
from services.gateway.whatsapp.paging import more, rest

Taken = Callable[[dict[str, Any]], None]
TO = Sender(phone="919876500001")
CALLBACK = "20261125.cea00978-2f0c-5ecf-8b3d-3da8f2a488b7"


def reply(body: str = "क्या यह सही है?", **of: Any) -> Reply:
    return Reply(
        discom="mvvnl", chat_id="c", turn=1, at=datetime(2026, 11, 25, tzinfo=UTC), service="menu", body=body, **of
    )


def options(n: int) -> tuple[Option, ...]:
    return tuple(Option(id=f"menu:{i}", title=f"विकल्प {i}", description=f"विवरण {i}") for i in range(1, n + 1))


def test_plain_text(taken: Taken) -> None:
    body = render(reply("नमस्ते"), TO, CALLBACK, strict=True)
    taken(body)
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+919876500001",
        "biz_opaque_callback_data": CALLBACK,
        "type": "text",
        "text": {"body": "नमस्ते"},
    }


@pytest.mark.parametrize("n", [1, 2, 3])
def test_up_to_three_options_are_buttons(n: int, taken: Taken) -> None:
    body = render(reply(options=options(n)), TO, CALLBACK, strict=True)
    taken(body)
    assert body["interactive"]["type"] == "button"
    assert [button["reply"] for button in body["interactive"]["action"]["buttons"]] == [
        {"id": f"menu:{i}", "title": f"विकल्प {i}"} for i in range(1, n + 1)
    ]


@pytest.mark.parametrize(("n", "label"), [(4, None), (10, "चुनें"), (2, "चुनें")])
def test_more_options_or_a_label_make_a_list(n: int, label: str | None, taken: Taken) -> None:
    body = render(reply(options=options(n), list_button=label), TO, CALLBACK, strict=True)
    taken(body)
    action = body["interactive"]["action"]
    assert action["button"] == (label or "☰")
    assert action["sections"] == [
        {"rows": [{"id": f"menu:{i}", "title": f"विकल्प {i}", "description": f"विवरण {i}"} for i in range(1, n + 1)]}
    ]


@pytest.mark.parametrize("n", [11, 19, 20, 100])
def test_more_than_ten_options_are_pages_that_show_each_option_once(n: int, taken: Taken) -> None:
    left, seen = reply(options=options(n)), []
    for page in range(1, 100):
        callback = f"20261125.{page}"
        body = render(left, TO, callback, strict=True)
        taken(body)
        rows = body["interactive"]["action"]["sections"][0]["rows"]
        asked = more(rows[-1]["id"])
        seen += [row["id"] for row in rows[: None if asked is None else -1]]
        if asked is None:
            break
        assert asked.callback == callback
        assert rows[-1]["title"] == f"▸ +{n - len(seen)}"
        left = rest(left, asked.start)
    assert seen == [f"menu:{i}" for i in range(1, n + 1)]


def test_no_service_owns_the_row_that_leads_on_and_no_other_id_is_taken_for_it() -> None:
    body = render(reply(options=options(11)), TO, CALLBACK)
    owner = body["interactive"]["action"]["sections"][0]["rows"][-1]["id"].partition(":")[0]
    assert owner not in ("menu", "billing", "complaints")
    for id in ("menu:home", "gateway:more", "gateway:more:0:x", "gateway:more:-9:x", "gateway:more:9:", "more:9:x"):
        assert more(id) is None


def test_a_page_beyond_the_end_starts_over() -> None:
    assert rest(reply(options=options(11)), 11).options == options(11)


def test_an_address_is_a_button_and_beside_options_it_stays_readable(taken: Taken) -> None:
    link = Link(title="भुगतान करें", url="https://www.uppclonline.com")
    body = render(reply(link=link), TO, CALLBACK, strict=True)
    taken(body)
    assert body["interactive"]["action"]["parameters"] == {"display_text": link.title, "url": link.url}
    body = render(reply(link=link, options=options(1)), TO, CALLBACK, strict=True)
    taken(body)
    assert body["interactive"]["body"]["text"] == "क्या यह सही है?\n\nभुगतान करें: https://www.uppclonline.com"


@pytest.mark.parametrize(
    ("of", "type", "action"),
    [
        ({"ask_location": True}, "location_request_message", "send_location"),
        ({"ask_contact": True}, "request_contact_info", "request_contact_info"),
    ],
)
def test_requests(of: dict[str, Any], type: str, action: str, taken: Taken) -> None:
    body = render(reply(**of), TO, CALLBACK, strict=True)
    taken(body)
    assert body["interactive"] == {"type": type, "body": {"text": "क्या यह सही है?"}, "action": {"name": action}}


@pytest.mark.parametrize(
    ("media", "text", "sent"),
    [
        (Attachment(media="image", media_id="1"), "बिल", {"id": "1", "caption": "बिल"}),
        (Attachment(media="image", link="https://example.org/a.jpg"), "", {"link": "https://example.org/a.jpg"}),
        (Attachment(media="video", media_id="1", link="https://example.org/a.mp4"), "", {"id": "1"}),
        (Attachment(media="document", media_id="1", filename="bill.pdf"), "", {"id": "1", "filename": "bill.pdf"}),
        (Attachment(media="audio", media_id="1", filename="x"), "", {"id": "1"}),
        (Attachment(media="sticker", media_id="1"), "", {"id": "1"}),
    ],
)
def test_media_by_id_or_link(media: Attachment, text: str, sent: dict[str, str], taken: Taken) -> None:
    body = render(reply(text, media=media), TO, CALLBACK, strict=True)
    taken(body)
    assert body[body["type"]] == sent


TEMPLATE = Template(name="complaint_update", language="hi", parameters=("MV2511260001", "कल\nशाम\t6 बजे"))


def test_a_template_goes_where_the_window_is_closed_and_not_where_it_is_open(taken: Taken) -> None:
    notice = reply(template=TEMPLATE)
    assert render(notice, TO, CALLBACK)["type"] == "text"
    body = render(notice, TO, CALLBACK, strict=True, window_open=False)
    taken(body)
    assert body["template"] == {
        "name": "complaint_update",
        "language": {"code": "hi"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "MV2511260001"}, {"type": "text", "text": "कल शाम 6 बजे"}],
            }
        ],
    }


def test_a_template_without_parameters_or_without_words_beside_it(taken: Taken) -> None:
    body = render(reply("", template=Template(name="hello", language="en")), TO, CALLBACK, strict=True)
    taken(body)
    assert body["template"] == {"name": "hello", "language": {"code": "en"}}


def test_a_reply_without_a_template_is_sent_as_it_is_whatever_the_window() -> None:
    assert render(reply(), TO, CALLBACK, window_open=False)["type"] == "text"


def test_the_phone_goes_with_plus_the_user_id_as_recipient_and_both_where_both_are_known(taken: Taken) -> None:
    for to, sent in [
        (Sender(phone="+919876500001"), {"to": "+919876500001"}),
        (Sender(user_id="IN.1"), {"recipient": "IN.1"}),
        (Sender(phone="919876500001", user_id="IN.1"), {"to": "+919876500001", "recipient": "IN.1"}),
    ]:
        body = render(reply(), to, CALLBACK, strict=True)
        taken(body)
        assert {key: body[key] for key in ("to", "recipient") if key in body} == sent


@pytest.mark.parametrize(
    ("given", "to", "callback", "why"),
    [
        (reply(), Sender(), CALLBACK, "nobody"),
        (reply(), TO, "x" * 513, "callback"),
        (reply(media=Attachment(media="image")), TO, CALLBACK, "media"),
        (reply(media=Attachment(media="image", link="ftp://example.org")), TO, CALLBACK, "media"),
    ],
)
def test_what_cannot_be_sent_at_all_is_an_error_that_quotes_nobody(
    given: Reply, to: Sender, callback: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why) as error:
        render(given, to, callback)
    assert given.body not in str(error.value)


LONG = "मध्यांचल विद्युत वितरण निगम"
TOO_LONG: list[tuple[dict[str, Any], str]] = [
    ({"body": "ब" * 4097}, "body"),
    ({"body": ""}, "body"),
    ({"body": " \n"}, "body"),
    ({"body": "\0"}, "body"),
    ({"options": (Option(id="a:b", title="x" * 21),)}, "title"),
    ({"options": (Option(id="a:b", title="😀" * 11),)}, "title"),
    ({"options": (Option(id="a:b", title=""),)}, "title"),
    ({"options": (Option(id="a:b", title=LONG + " A"), Option(id="a:c", title=LONG + " B"))}, "title"),
    ({"options": (Option(id="a:b", title="Same"), Option(id="a:c", title="Same"))}, "title"),
    ({"options": (Option(id="a:b", title="A"), Option(id="a:b", title="B"))}, "id"),
    ({"options": (Option(id="", title="A"), Option(id="a:b", title="B"))}, "id"),
    ({"options": (Option(id="", title="A"),)}, "id"),
    ({"options": (Option(id="a:" + "x" * 300, title="A"), Option(id="a:" + "x" * 301, title="B"))}, "id"),
    ({"body": "ब" * 1025, "options": options(2)}, "body"),
    ({"options": (Option(id="a:b", title="x" * 25),), "list_button": "चुनें"}, "title"),
    ({"options": (Option(id="a:b", title="x", description="x" * 73),), "list_button": "चुनें"}, "description"),
    ({"options": options(4), "list_button": "x" * 21}, "list_button"),
    ({"body": "ब" * 4097, "options": options(4)}, "body"),
    ({"link": Link(title="x" * 21, url="https://uppcl.org")}, "link"),
    ({"link": Link(title="Pay", url="uppcl.org")}, "url"),
    ({"body": "ब" * 1025, "link": Link(title="Pay", url="https://uppcl.org")}, "body"),
    ({"body": "ब" * 1025, "ask_location": True}, "body"),
    ({"body": "ब" * 1025, "ask_contact": True}, "body"),
    ({"body": "ब" * 1025, "media": Attachment(media="image", media_id="1")}, "caption"),
    ({"body": "बिल", "media": Attachment(media="sticker", media_id="1")}, "caption"),
    ({"body": "", "template": Template(name="a", language="hi", parameters=("x" * 600, "y" * 600))}, "parameter"),
    ({"body": "", "template": Template(name="a", language="hi", parameters=("",))}, "parameter"),
    ({"body": "", "template": Template(name="Not This", language="hi")}, "template"),
]


@pytest.mark.parametrize(("of", "what"), TOO_LONG, ids=range(len(TOO_LONG)))
def test_what_does_not_fit_is_an_error_in_tests_and_cut_and_named_in_production(
    of: dict[str, Any], what: str, taken: Taken
) -> None:
    given = reply(**of)
    with pytest.raises(DoesNotFit, match=rf"^{what}: ") as error:
        render(given, TO, CALLBACK, strict=True)
    assert LONG not in str(error.value)
    found = rendered(given, TO, CALLBACK)
    taken(found.body)
    assert set(found.cut) >= {what}


def test_what_fits_is_not_said_to_be_cut() -> None:
    assert rendered(reply(options=options(11)), TO, CALLBACK).cut == ()


def test_a_cut_text_ends_in_a_mark_and_never_between_a_letter_and_its_sign() -> None:
    for n in range(1, 20):
        button = render(reply(options=(Option(id="a:b", title="x" * n + "की" * 20),)), TO, CALLBACK)
        title = button["interactive"]["action"]["buttons"][0]["reply"]["title"]
        assert title.endswith(("की…", "x…"))
        assert units(title) <= 20


def test_a_body_too_long_for_buttons_keeps_its_words_in_a_list_and_beside_a_link_in_a_text() -> None:
    words = "ब" * 1025
    assert render(reply(words, options=options(2)), TO, CALLBACK)["interactive"]["body"]["text"] == words
    link = Link(title="Pay", url="https://uppcl.org")
    assert render(reply(words, link=link), TO, CALLBACK)["text"]["body"] == f"{words}\n\nPay: https://uppcl.org"


def test_a_shortened_id_still_names_its_owner() -> None:
    body = render(reply(options=(Option(id="billing:" + "x" * 300, title="A"),)), TO, CALLBACK)
    assert body["interactive"]["action"]["buttons"][0]["reply"]["id"].startswith("billing:x")


@pytest.mark.parametrize("body", ["a" * 4096, "ब" * 4096, "😀" * 2048])
def test_a_text_of_exactly_the_limit_is_whole(body: str, taken: Taken) -> None:
    sent = render(reply(body), TO, CALLBACK, strict=True)
    taken(sent)
    assert sent["text"]["body"] == body
