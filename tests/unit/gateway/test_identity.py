"""Who is who: found by either identity, joined when both are shown, apart when the number has a new owner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from libs.schemas.messages import Account, Context, Sender
from services.gateway.domain import Chat
from services.gateway.identity import Joined, People
from services.gateway.whatsapp import Change, change_of, identity_of

AT = datetime(2026, 11, 24, 13, 5, 7, tzinfo=UTC)
PHONE, USER = Sender(phone="919000000017"), Sender(user_id="IN.17")
BOTH = Sender(phone="919000000017", user_id="IN.17")
NEW_PHONE = Sender(phone="919000000018")
ACCOUNT = Account(account_id="1000000017", name="सु•••", area="rural", meter="prepaid")


def known(id: str, by: Sender, at: datetime = AT, **context: object) -> Chat:
    return Chat(id, by.phone, by.user_id, last_message_at=at, context=Context.model_validate(context))


def test_a_person_is_found_by_either_identity_and_known_by_both_from_then_on() -> None:
    by_user = known("d", USER)
    people = People([by_user])
    assert people.meets(BOTH) == replace(by_user, phone="919000000017")
    assert people.of(PHONE).chat_id == "d" and people.changed.keys() == {"d"}
    assert People([known("c", PHONE)]).meets(USER) is None


def test_the_same_user_id_with_another_number_is_another_person() -> None:
    people = People([known("c", BOTH)])
    assert people.meets(Sender(phone="919000000018", user_id="IN.17")) is None and not people.joined
    assert people.parted == [known("c", PHONE)], "the user id is free for whoever has it now"
    assert people.find(USER) is None and people.of(PHONE).chat_id == "c"


def test_a_user_id_that_comes_with_another_chats_number_leaves_its_own_chat() -> None:
    people = People([known("c", BOTH), known("d", NEW_PHONE)])
    met = people.meets(Sender(phone="919000000018", user_id="IN.17"))
    assert met and (met.chat_id, met.user_id) == ("d", "IN.17") and not people.joined
    assert people.parted == [known("c", PHONE)] and people.of(PHONE).chat_id == "c"


def test_a_number_with_another_user_id_has_a_new_owner() -> None:
    chat = known("c", BOTH, account=ACCOUNT)
    people = People([chat])
    assert people.meets(Sender(phone="919000000017", user_id="IN.99")) is None
    assert people.left == [chat]
    theirs = known("d", Sender(user_id="IN.99"))
    people = People([chat, theirs])
    met = people.meets(Sender(phone="919000000017", user_id="IN.99"))
    assert met and met.chat_id == "d" and met.phone == "919000000017" and met.context.account is None
    assert people.left == [chat] and not people.joined


def test_after_a_change_of_number_the_new_user_id_is_the_same_persons() -> None:
    people = People([known("c", BOTH, account=ACCOUNT)])
    people.moves(PHONE, NEW_PHONE)
    met = people.meets(Sender(phone="919000000018", user_id="IN.18"))
    assert met and met.chat_id == "c" and met.context.account == ACCOUNT and people.left == []


def test_one_batch_may_show_one_user_id_with_two_numbers() -> None:
    people = People([known("c", BOTH)])
    assert people.of(Sender(phone="919000000018", user_id="IN.17")).chat_id == "c"


def test_a_payload_that_shows_both_makes_the_older_chat_an_alias_of_the_newer() -> None:
    older = known("c", PHONE, AT, account=ACCOUNT, language="en", area="rural")
    newer = known("d", USER, AT + timedelta(hours=1), language="hi")
    people = People([older, newer])
    met = people.meets(BOTH)
    assert met and met.chat_id == "d" and (met.phone, met.user_id) == ("919000000017", "IN.17")
    assert met.context.account == ACCOUNT and met.context.area == "rural", "what only the older chat knew is kept"
    assert met.context.language == "hi", "the newer one counts"
    assert people.joined == [Joined(older, met)]
    assert people.of(PHONE) == people.of(USER) == met


def test_another_identity_on_the_same_number_is_a_new_owner_who_sees_nothing() -> None:
    chat = replace(known("c", PHONE, account=ACCOUNT), identity="first")
    people = People([chat])
    assert people.meets(PHONE, "first") == chat
    assert people.meets(PHONE, "second") is None, "a new chat is to be made"
    assert people.left == [chat] and people.find(PHONE) is None


def test_a_changed_number_takes_the_chat_along() -> None:
    people = People([known("c", PHONE, account=ACCOUNT)])
    people.moves(PHONE, NEW_PHONE)
    assert people.of(NEW_PHONE).context.account == ACCOUNT and people.find(PHONE) is None


def test_whoever_wrote_from_the_new_number_before_we_heard_of_it_is_joined() -> None:
    early = known("d", NEW_PHONE, AT + timedelta(minutes=1))
    people = People([known("c", PHONE, account=ACCOUNT), early])
    people.moves(PHONE, NEW_PHONE)
    assert people.of(NEW_PHONE).chat_id == "d" and people.of(NEW_PHONE).context.account == ACCOUNT


def test_the_last_owner_of_the_new_number_is_not_joined() -> None:
    last_owner = known("d", NEW_PHONE, AT - timedelta(days=300), account=ACCOUNT)
    people = People([known("c", PHONE), last_owner])
    people.moves(PHONE, NEW_PHONE)
    assert people.of(NEW_PHONE).chat_id == "c" and people.of(NEW_PHONE).context.account is None
    assert people.left == [last_owner]


def test_what_is_told_of_a_person_is_read_from_its_fields_never_from_the_sentence() -> None:
    system = {"type": "user_changed_number", "wa_id": "919000000018", "body": "User A changed from 1 to 2"}
    message = {"type": "system", "from": "919000000017", "system": system}
    assert change_of({"messages": [message]}) == Change(PHONE, to=NEW_PHONE)
    other = {"type": "system", "from": "919000000017", "system": {"type": "customer_identity_changed", "identity": "h"}}
    assert change_of({"messages": [other]}) == Change(PHONE, identity="h")
    wish = {"wa_id": "919000000017", "category": "marketing_messages", "value": "stop"}
    assert change_of({"user_preferences": [wish]}) == Change(PHONE, stopped=True)
    update = {"user_id": {"previous": "IN.17", "current": "IN.18"}}
    assert change_of({"user_id_update": [update]}) == Change(USER, to=Sender(user_id="IN.18"))
    assert change_of({"messages": [{"type": "text"}]}) is None and change_of({}) is None


def test_the_identity_is_read_wherever_whatsapp_shows_it() -> None:
    assert identity_of({}, {"identity": {"hash": "h"}}) == "h"
    assert identity_of({}, {"identity_key_hash": "h"}) == "h"
    assert (
        identity_of({"contacts": [{"wa_id": "919000000017", "identity_key_hash": "h"}]}, {"from": "919000000017"})
        == "h"
    )
    assert identity_of({}, {}) is None
