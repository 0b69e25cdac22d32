"""From what a rule decided to what travels: the bubble in the reader's language, the patch, the hand-over."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID, uuid5

import pytest

from libs.kit.batch import Batch, Record
from libs.kit.database import Connection
from libs.kit.dialogue import apology, carry_out, reply_of
from libs.kit.texts import Texts
from libs.schemas.dialogue import Offer, Pass, Quiet, Say
from libs.schemas.events import root_event
from libs.schemas.messages import (
    Account,
    Context,
    ContextPatch,
    HandOver,
    Link,
    Message,
    Option,
    Reply,
    Sender,
    Text,
    Withheld,
)
from libs.schemas.topics import INBOUND, REPLIES

AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)
ACCOUNT = Account(account_id="1000000017", name="सु•••", area="rural", meter="prepaid")
HINDI = 'hello = "नमस्ते {name}"\nyes = "हाँ"\nyes_more = "{name}, आगे"\nopen = "खोलें"\nsite = "देखें"'
ENGLISH = 'hello = "Hello {name}"\nyes = "Yes"\nyes_more = "{name}, on"\nopen = "Open"\nsite = "See"'


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    (tmp_path / "hi.toml").write_text(HINDI, encoding="utf-8")
    (tmp_path / "en.toml").write_text(ENGLISH, encoding="utf-8")
    return Texts(tmp_path)


def message(**fields: object) -> Message:
    base = Message(
        discom="mvvnl", chat_id="c", turn=3, at=AT, sender=Sender(user_id="IN.17"), content=Text(body="बिल"),
        context=Context(language="hi"),
    )  # fmt: skip
    return base.model_copy(update=fields)


def record(heard: Message) -> Record:
    event = root_event(UUID(int=7), "message.received", "mvvnl/gateway", AT, heard.chat_id, heard)
    return Record(event, "mvvnl.menu.inbound.v1", 2, 40, b"c", tuple(event.headers()), event.value())


def batch(*records: Record) -> Batch:
    """A batch whose transaction nobody uses: emitting is all that happens here."""
    return Batch("mvvnl", "menu", cast("Connection", None), list(records))


def test_a_bubble_is_said_in_the_readers_language_with_all_that_can_be_tapped(texts: Texts) -> None:
    say = Say(
        "hello", {"name": "सुनीता"}, (Offer("menu:home", "yes", {"name": "सुनीता"}),), list_button="open",
        link=("site", "https://www.uppclonline.com"), ask_location=True,
    )  # fmt: skip
    reply = reply_of(texts, "en", "menu", message(), say)
    assert reply == Reply(
        discom="mvvnl", chat_id="c", turn=3, at=AT, service="menu", body="Hello सुनीता",
        options=(Option(id="menu:home", title="Yes", description="सुनीता, on"),), list_button="Open",
        link=Link(title="See", url="https://www.uppclonline.com"), ask_location=True,
        context=ContextPatch(floor=None, language="en"),
    )  # fmt: skip


def test_a_bubble_that_asks_nothing_gives_up_the_floor(texts: Texts) -> None:
    patch = reply_of(texts, "hi", "menu", message(), Say("yes")).context
    assert patch and patch.model_fields_set == {"floor"} and patch.floor is None


@pytest.mark.parametrize(("known", "set_fields"), [("hi", {"floor"}), (None, {"floor", "language"})])
def test_the_language_of_the_first_answer_stays_with_the_chat(
    texts: Texts, known: str | None, set_fields: set[str]
) -> None:
    heard = message(context=Context.model_validate({"language": known}))
    patch = reply_of(texts, "hi", "menu", heard, Say("yes")).context
    assert patch and patch.model_fields_set == set_fields


def test_an_account_that_billing_linked_on_the_way_reaches_the_gateway_with_the_next_bubble(texts: Texts) -> None:
    handed = HandOver(by="billing", hops=1, intent="errand", errand="complaints:new:supply")
    heard = message(context=Context(language="hi", account=ACCOUNT, area="rural"), handed=handed)
    patch = reply_of(texts, "hi", "complaints", heard, Say("yes")).context
    assert patch and (patch.account, patch.area) == (ACCOUNT, "rural")
    without = heard.model_copy(update={"handed": handed.model_copy(update={"errand": None})})
    patch = reply_of(texts, "hi", "complaints", without, Say("yes")).context
    assert patch and patch.model_fields_set == {"floor"}


def test_what_follows_is_published_under_the_chat_with_ids_in_order_and_the_source_that_answers_for_it(
    texts: Texts,
) -> None:
    heard = record(message())
    this = batch(heard)
    carry_out(this, heard, texts, "hi", "menu", Say("yes"))
    carry_out(this, heard, texts, "hi", "menu", Pass("billing", "bill", account_id="1000000017"))
    reply, handed = this.outgoing
    assert (reply.topic, handed.topic) == (REPLIES.name("mvvnl"), INBOUND["billing"].name("mvvnl"))
    assert {reply.key, handed.key} == {"c"} and {reply.source, handed.source} == {("mvvnl.menu.inbound.v1", 2)}
    ids = [dict(sent.headers)["ce_id"].decode() for sent in this.outgoing]
    assert ids == [str(uuid5(heard.event.id, "0")), str(uuid5(heard.event.id, "1"))]
    assert dict(handed.headers)["ce_type"] == b"message.handed_over"


def test_a_second_run_says_the_same_under_the_same_ids(texts: Texts) -> None:
    def run() -> list[object]:
        heard = record(message())
        this = batch(heard)
        carry_out(this, heard, texts, "hi", "menu", Say("hello", {"name": "सुनीता"}))
        return list(this.outgoing)

    assert run() == run()


def test_a_parked_message_is_answered_in_one_sentence_with_the_way_to_the_menu(texts: Texts) -> None:
    heard = record(message(context=Context()))
    this = batch(heard)
    apology(texts, "menu")(this, heard)
    [sent] = this.outgoing
    reply = Reply.model_validate_json(sent.value)
    assert reply.body == texts.say("sorry", "hi") and [option.id for option in reply.options] == ["menu:home"]


def test_a_message_that_gets_no_answer_on_purpose_leaves_a_word_of_it(texts: Texts) -> None:
    heard = record(message())
    this = batch(heard)
    carry_out(this, heard, texts, "hi", "menu", Quiet())
    [sent] = this.outgoing
    assert dict(sent.headers)["ce_type"] == b"reply.withheld" and sent.topic == REPLIES.name("mvvnl")
    assert Withheld.model_validate_json(sent.value).turn == 3


def test_further_wishes_of_a_text_are_named_and_offered_before_the_ways_on_of_the_answer(texts: Texts) -> None:
    handed = HandOver(by="menu", hops=1, intent="bill", also=("complaint-supply", "contacts"))
    ways = (Offer("menu:home", "yes", {"name": "x"}), Offer("menu:links", "yes", {"name": "x"}))
    reply = reply_of(texts, "hi", "billing", message(handed=handed), Say("hello", {"name": "सुनीता"}, ways))
    assert reply.body == "नमस्ते सुनीता\n\nयह भी पूछा था, लिखें या चुनें:\nबिजली नहीं है\nसंपर्क"
    assert [option.id for option in reply.options] == ["complaints:new:supply", "menu:contacts", "menu:home"]
    listed = reply_of(texts, "hi", "menu", message(), Say("yes", {}, ways, list_button="open", also=("bill",)))
    assert [option.id for option in listed.options] == ["menu:home", "menu:links", "billing:bill"]
