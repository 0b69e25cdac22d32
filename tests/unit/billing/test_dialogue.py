"""What billing does about a message before the billing system is asked."""

from dataclasses import replace

import pytest

from libs.schemas.dialogue import Pass, Quiet, Say
from libs.schemas.messages import Choice, Content, Location, Media, Other, Text
from services.billing.domain import Ask, Dialogue, Step, Turn, answer
from tests.unit.billing.consumer import ASKED, AT, DISCOM, DISCOMS, MINE, OTHER, handed, message, passed, read, tap

LINKED = MINE


def says(content: Content | str, linked: str | None = None) -> Turn:
    """Said in answer to the question for the account ID."""
    return answer(ASKED, linked, message(content, asked=True), DISCOM)


@pytest.mark.parametrize(
    ("id", "ask"),
    [
        ("billing:bill", Ask("bill", LINKED)),
        ("billing:balance", Ask("balance", LINKED)),
        (f"billing:bill:{OTHER}", Ask("bill", OTHER)),
        (f"billing:balance:{OTHER}", Ask("balance", OTHER)),
        (f"billing:link:{OTHER}", Ask("link", OTHER)),
        ("billing:bill:123", Ask("bill", LINKED)),
    ],
)
def test_a_tap_asks_about_the_account_of_its_bubble_else_about_the_linked_one(id: str, ask: Ask) -> None:
    assert answer(None, LINKED, tap(id), DISCOM).move == ask


@pytest.mark.parametrize("id", ["billing:bill", "billing:balance", "billing:other", "billing:link"])
def test_without_an_account_it_is_asked_for_and_the_errand_kept(id: str) -> None:
    turn = answer(None, None, tap(id), DISCOM)
    assert read(turn).body == "कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।"
    assert isinstance(turn.move, Say) and turn.move.patch.floor and turn.move.patch.floor.service == "billing"
    wanted = {"billing:balance": "billing:balance", "billing:link": None}.get(id, "billing:bill")
    assert turn.dialogue and turn.dialogue.errand == wanted


@pytest.mark.parametrize(
    "text",
    [
        "1000000017",
        "1000 000 017",
        "1000-000-017",
        " 1000000017 ",
        "१००००००० १७",
        "१०००-०००-०१७",
        "मेरा खाता नंबर 1000000017 है",
        "my account id is 1000000017",
        "a/c no. 10000 00017",
        "*1000000017*",
        "1000000017\u200d",
    ],
)
def test_an_account_id_is_found_in_spaces_dashes_both_digit_sets_and_words(text: str) -> None:
    assert says(text).move == Ask("bill", MINE)


def test_an_account_id_without_an_errand_links(
) -> None:  # fmt: skip
    asked = Dialogue(Step.ACCOUNT, None, AT)
    assert answer(asked, None, message(MINE, asked=True), DISCOM).move == Ask("link", MINE)
    assert answer(None, OTHER, message(MINE), DISCOM).move == Ask("link", MINE)


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("1000000025 ka bill", Ask("bill", OTHER)),
        ("1000000025 का बिल", Ask("bill", OTHER)),
        ("balance batao 1000000025", Ask("balance", OTHER)),
        ("और बैलेंस?", Ask("balance", LINKED)),
        ("bill batao", Ask("bill", LINKED)),
        ("2", Ask("bill", LINKED)),
        ("३", Ask("balance", LINKED)),
    ],
)
def test_bill_and_balance_are_understood_in_words(text: str, ask: Ask) -> None:
    assert says(text, LINKED).move == ask


@pytest.mark.parametrize(("text", "digits"), [("12345", 5), ("bill 123456789", 9), ("खाता १२३४५६७८९०१", 11)])
def test_a_number_of_the_wrong_length_is_counted(text: str, digits: int) -> None:
    turn = says(text)
    assert read(turn).body.startswith(f"इसमें {digits} अंक हैं। अकाउंट आईडी 10 अंकों की होती है")
    assert turn.dialogue == replace(ASKED, times=2)


@pytest.mark.parametrize(
    "content",
    [
        Text(body=""),
        Text(body="   "),
        Text(body="🙂🙂"),
        Text(body="कखगघ ञणथ " * 400),
        Text(body="x" * 4096),
        Text(body="1000000017, 1000000025"),
        Media(media="sticker", media_id="1"),
        Media(media="audio", media_id="1"),
        Media(media="image", media_id="1"),
        Location(latitude=26.8, longitude=80.9),
        Other(what="contacts"),
        Choice(id="billing:of-a-version-long-gone"),
    ],
    ids=lambda content: f"{content.kind} {getattr(content, 'body', '')[:12]}",
)
def test_what_is_no_answer_gets_the_question_again_with_the_way_out(content: Content) -> None:
    turn = says(content)
    assert read(turn).body == "कृपया 10 अंकों की अकाउंट आईडी भेजें। मेनू के लिए 0 लिखें।"
    assert turn.dialogue == replace(ASKED, times=2), "the errand is kept"


@pytest.mark.parametrize("content", [Text(body="कखगघ"), Location(latitude=26.8, longitude=80.9)])
def test_a_complaint_that_waits_for_its_account_goes_on_with_whatever_else_is_said(content: Content) -> None:
    waiting = Dialogue(Step.ACCOUNT, "complaints:new:supply", AT)
    turn = answer(waiting, None, message(content, asked=True), DISCOM)
    assert turn.move == Pass("complaints", "errand", errand="complaints:new:supply")
    number = answer(waiting, None, message(MINE, asked=True), DISCOM)
    assert number.move == Ask("link", MINE, "complaints:new:supply")


@pytest.mark.parametrize(
    ("text", "to", "intent"),
    [
        ("0", "menu", "menu"),
        ("मेनू", "menu", "menu"),
        ("English", "menu", "language-change"),
        ("taar toot kar gira hai chingari", "complaints", "danger"),
        ("4", "complaints", "complaint"),
        ("6", "menu", "contacts"),
        ("light nahi aa rahi hai", "complaints", "complaint-supply"),
        ("PV22112600123 ka kya hua", "complaints", "track"),
    ],
)
def test_signals_and_other_errands_are_handed_over(text: str, to: str, intent: str) -> None:
    turn = says(text)
    assert (passed(turn).to, passed(turn).intent) == (to, intent)
    assert turn.dialogue is None


def test_a_complaint_with_an_account_id_is_a_complaint_also_where_the_account_was_asked_for() -> None:
    found = passed(says("light nahi hai 1000000017"))
    assert (found.to, found.intent, found.account_id) == ("complaints", "complaint-supply", MINE)


@pytest.mark.parametrize("content", [Text(body="कखगघ"), Media(media="sticker", media_id="1"), Choice(id="billing:x")])
def test_what_is_not_understood_without_a_question_goes_to_menu(content: Content) -> None:
    assert answer(None, None, message(content), DISCOM).move == Pass("menu", "other")


def test_what_another_service_understood_is_answered() -> None:
    def move(intent: str, account_id: str | None = None, errand: str | None = None) -> object:
        said = message("x", handed=handed(intent, account_id, errand))
        return answer(None, LINKED, said, DISCOM).move

    assert move("link", OTHER) == Ask("link", OTHER)
    assert move("other", OTHER) == Ask("link", OTHER)
    assert move("bill", OTHER) == Ask("bill", OTHER)
    assert move("balance") == Ask("balance", LINKED)
    assert move("link", OTHER, "complaints:new:supply") == Ask("link", OTHER, "complaints:new:supply")
    assert move("contacts") == Pass("menu", "other")


def test_an_account_id_that_came_by_way_of_the_menu_answers_a_recent_question() -> None:
    said = message(MINE, handed=handed("link", MINE))
    assert answer(ASKED, None, said, DISCOM).move == Ask("bill", MINE)
    long_after = message(MINE, handed=handed("link", MINE), at=AT.replace(hour=8))
    assert answer(ASKED, None, long_after, DISCOM).move == Ask("link", MINE)


def test_a_discom_that_is_not_open_leaves_every_answer_to_menu() -> None:
    assert answer(None, MINE, tap("billing:bill"), DISCOMS["kesco"]).move == Pass("menu", "menu")


def test_an_account_id_asked_for_in_vain_three_times_ends_with_who_helps() -> None:
    dialogue, said = ASKED, []
    for body in ("कखगघ", "12345", "kya", "phir"):
        turn = answer(dialogue, None, message(body, asked=True), DISCOM)
        said.append(read(turn).body)
        if turn.dialogue is None:
            break
        dialogue = turn.dialogue
    assert len(said) == 3 and "1912" in said[-1]
    assert isinstance(turn.move, Say) and turn.move.patch.floor is None


def test_another_machine_is_not_answered_and_the_question_stays() -> None:
    text = "Thank you for contacting us. We will get back to you shortly."
    assert says(text) == Turn(Quiet(), ASKED)
    assert answer(None, LINKED, message(text), DISCOM).move == Pass("menu", "other")


@pytest.mark.parametrize(
    "words", ["dusra khata", "दूसरा खाता", "another account", "doosre connection ka bill", "दूसरे खाते का"]
)
def test_another_account_is_asked_for_also_where_one_is_linked(words: str) -> None:
    turn = answer(None, LINKED, message(words), DISCOM)
    assert "अकाउंट आईडी भेजें" in read(turn).body and turn.dialogue and turn.dialogue.errand == "billing:bill"
