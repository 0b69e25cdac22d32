"""What becomes of a chat's open messages, once the billing system has answered or has not."""

from datetime import date

from libs.schemas.dialogue import Pass, Say
from libs.schemas.events import BillShown
from libs.schemas.messages import Choice, Content, Message
from services.billing.backends import BackendAccount
from services.billing.domain import Ask, Open, Progress, day_of, go_on
from tests.unit.billing.consumer import AT, DISCOM, DISCOMS, MINE, OTHER, account, message, tap

BILL, BALANCE = Ask("bill", MINE), Ask("balance", MINE)
TODAY = day_of(AT)


def waits(content: Content | str | Message, *, late: bool = False) -> Open:
    """Behind another message of the chat, undecided."""
    return Open(content if isinstance(content, Message) else message(content), None, late)


def asked(ask: Ask, *, late: bool = False) -> Open:
    return Open(tap(f"billing:{ask.what}:{ask.account_id}"), ask, late)


def go(
    *queue: Open,
    accounts: dict[str, BackendAccount | None] | None,
    linked: str | None = None,
    looked_at: frozenset[str] = frozenset(),
) -> Progress:
    return go_on(queue, None, linked, {TODAY: looked_at}, accounts, DISCOMS, DISCOM)


def keys(progress: Progress) -> list[str | None]:
    """What was said: the key of each bubble, or where the message went."""
    found: list[str | None] = []
    for done in progress.done:
        move = done.answer.move if done.answer else None
        found.append(move.key if isinstance(move, Say) else move.to if isinstance(move, Pass) else None)
    return found


def test_a_chat_is_answered_in_its_order_with_what_the_first_answer_changed() -> None:
    link = Open(message(MINE), Ask("link", MINE), False)
    progress = go(link, waits(Choice(id="billing:bill")), waits(Choice(id="billing:x")), accounts={MINE: account()})
    assert keys(progress) == ["linked", "lines", "menu"]
    assert progress.linked == MINE and progress.ask is None


def test_a_message_that_needs_another_account_is_asked_about_and_those_behind_it_wait() -> None:
    other = waits(Choice(id=f"billing:bill:{OTHER}"))
    progress = go(asked(BILL), other, waits(Choice(id="billing:x")), accounts={MINE: account()})
    assert keys(progress) == ["lines"]
    assert progress.ask == Ask("bill", OTHER)


def test_while_the_billing_system_is_down_whoever_has_not_waited_long_waits_on() -> None:
    progress = go(asked(BILL), waits(Choice(id="billing:balance")), accounts=None)
    assert progress.done == () and progress.ask == BILL


def test_later_is_said_once_for_all_that_a_chat_asked_meanwhile() -> None:
    progress = go(
        asked(BILL, late=True), waits(Choice(id=f"billing:balance:{MINE}")), waits("कखगघ"), accounts=None, linked=MINE
    )  # fmt: skip
    assert keys(progress) == [None, "later", "menu"]
    shown = [fact for done in progress.done for fact in done.facts]
    assert [(fact.what, fact.outcome) for fact in shown if isinstance(fact, BillShown)] == [
        ("bill", "later"),
        ("balance", "later"),
    ]


def test_a_complaint_is_not_held_up_by_a_later_that_another_message_heard() -> None:
    link = Open(message(MINE), Ask("link", MINE, "complaints:new:supply"), True)
    assert keys(go(asked(BILL, late=True), link, accounts=None)) == ["later", "complaints"]


def test_an_old_question_is_put_off_though_its_account_is_known_and_a_new_one_is_answered() -> None:
    progress = go(asked(BILL, late=True), asked(BALANCE), accounts={MINE: account()})
    assert keys(progress) == ["later", "lines"]


def test_facts_hold_no_number_and_a_link_is_a_fact_only_where_it_is_new() -> None:
    progress = go(asked(BILL), asked(BALANCE), accounts={MINE: account(meter="prepaid")})
    facts = [fact for done in progress.done for fact in done.facts]
    assert [type(fact).__name__ for fact in facts] == ["AccountLinked", "BillShown", "BillShown"]
    assert not any(MINE in fact.model_dump_json() for fact in facts)
    again = go(asked(BILL), accounts={MINE: account()}, linked=MINE)
    assert [type(fact).__name__ for fact in again.done[0].facts] == ["BillShown"]


def test_accounts_of_others_are_counted_within_one_go_and_not_twice() -> None:
    others = {f"100000010{n}": account(account_id=f"100000010{n}", mobile=None) for n in range(6)}
    progress = go(*(asked(Ask("bill", id)) for id in [*others, "1000000100"]), accounts={**others})
    assert keys(progress) == ["lines"] * 5 + ["account.too_many", "lines"]
    assert progress.looked_at[TODAY] == set(list(others)[:5])


def test_the_day_of_a_look_is_that_of_india() -> None:
    assert day_of(AT.replace(hour=18, minute=29)) == date(2026, 11, 25)
    assert day_of(AT.replace(hour=18, minute=30)) == date(2026, 11, 26)


def test_an_unknown_account_is_asked_for_again_and_the_next_number_answers() -> None:
    progress = go(asked(Ask("bill", OTHER)), accounts={OTHER: None})
    assert keys(progress) == ["account.unknown"]
    assert progress.dialogue and progress.dialogue.errand == "billing:bill"
