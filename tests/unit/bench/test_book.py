"""The account of a run: what is lost, doubled or late is noticed."""

from bench.load.book import Book, Conversation
from bench.load.order import Crowd, Part, Say, Turn, phone_of

ASK = Turn((Say("text", "नमस्ते"),))
ONE = Part("mvvnl", "1", "918010924203", Crowd(0, 10), (ASK,))
TWO_TURNS = Part("mvvnl", "1", "918010924203", Crowd(0, 10), (ASK, ASK))
TWO_BUBBLES = Part("mvvnl", "1", "918010924203", Crowd(0, 10), (Turn((Say("text", "?"),), replies=2),))


def begun(book: Book, part: Part = ONE, person: int = 1, due: float = 0.0) -> Conversation:
    talk = book.begin(part, person, due)
    assert talk
    book.acknowledged([talk], 200, due, due + 0.01)
    return talk


def reply(book: Book, name: str, person: int = 1, at: float = 0.02, request: bytes = b"{}") -> Conversation | None:
    return book.replied(phone_of(person).encode(), name.encode(), request, at)


def test_an_answer_is_counted_from_when_the_message_was_due() -> None:
    book = Book()
    begun(book, due=10.0)
    reply(book, "a", at=10.25)
    book.close()
    assert book.delays == {"mvvnl": [0.25]}
    assert (book.started, book.finished, book.waiting, dict(book.wrong)) == (1, 1, 0, {})


def test_an_answer_that_never_comes_is_lost() -> None:
    book = Book()
    begun(book, person=1)
    begun(book, person=2)
    reply(book, "a", person=1)
    book.close()
    assert book.wrong == {"lost": 1}


def test_one_of_two_bubbles_is_not_an_answer() -> None:
    book = Book()
    begun(book, TWO_BUBBLES)
    reply(book, "a", at=0.5)
    book.close()
    assert book.wrong == {"lost": 1}
    assert book.delays == {}


def test_two_bubbles_count_to_the_last_and_tell_the_gap() -> None:
    book = Book()
    begun(book, TWO_BUBBLES)
    reply(book, "a", at=0.5)
    reply(book, "b", at=0.75)
    assert (book.delays["mvvnl"], book.gaps, book.finished) == ([0.75], [0.25], 1)


def test_the_same_bubble_twice_is_doubled_and_answers_nothing() -> None:
    book = Book()
    begun(book, TWO_TURNS)
    reply(book, "a")
    reply(book, "a", at=0.03)
    book.close()
    # taken for the second answer it would have hidden that the second answer never came
    assert book.wrong == {"doubled": 1, "lost": 1}


def test_a_second_answer_under_another_name_is_surplus() -> None:
    book = Book()
    begun(book)
    reply(book, "a")
    reply(book, "b")
    assert book.wrong == {"surplus": 1}


def test_a_bubble_for_somebody_who_said_nothing_is_a_stray() -> None:
    book = Book()
    reply(book, "a", person=9)
    assert book.wrong == {"stray": 1}


def test_an_answer_that_an_earlier_run_counted_as_lost_is_none_of_this_run_s() -> None:
    before = Book()
    begun(before)
    before.close()
    book = Book(overdue=before.overdue)
    reply(book, "a", person=1)
    reply(book, "b", person=2)
    assert book.wrong == {"stray": 1}


def test_an_answer_after_more_than_a_second_is_late() -> None:
    book = Book()
    begun(book, person=1)
    begun(book, person=2)
    reply(book, "a", person=1, at=0.9)
    reply(book, "b", person=2, at=1.1)
    assert book.late == 1


def test_a_refused_post_promises_nothing_and_is_counted_as_refused() -> None:
    book = Book()
    talk = book.begin(ONE, 1, 0.0)
    assert talk
    book.acknowledged([talk], 503, 0.0, 0.01)
    book.close()
    assert book.wrong == {"refused": 1}
    assert book.waiting == 0


def test_an_answer_that_shows_something_else_is_unexpected() -> None:
    book = Book()
    begun(book, Part("mvvnl", "1", "2", Crowd(0, 10), (Turn((Say("tap", "billing:bill"),), shows="₹"),)))
    reply(book, "a", request="अभी नहीं".encode())
    assert book.wrong == {"unexpected": 1}


def test_what_goes_wrong_is_known_by_whom_it_happened_to() -> None:
    book = Book()
    elsewhere = Part("pvvnl", "2", "2", Crowd(0, 10), (Turn((Say("tap", "billing:bill"),), shows="₹"),))
    begun(book, person=1)
    begun(book, elsewhere, person=2)
    reply(book, "a", person=2, request="अभी नहीं".encode())
    reply(book, "b", person=9)
    book.close()
    assert book.wrong == {"unexpected": 1, "stray": 1, "lost": 1}
    assert book.wrong_by_label == {"pvvnl": {"unexpected": 1}, "mvvnl": {"lost": 1}}


def test_the_next_turn_is_due_when_the_answer_came() -> None:
    book = Book()
    begun(book, TWO_TURNS)
    following = reply(book, "a", at=0.5)
    assert following and following.due == 0.5 and book.waiting == 1
    assert reply(book, "b", at=0.75) is None
    assert (book.delays["mvvnl"], book.finished, book.waiting) == ([0.5, 0.25], 1, 0)


def test_nobody_is_asked_again_while_still_waiting() -> None:
    book = Book()
    begun(book)
    assert book.begin(ONE, 1, 1.0) is None
    assert book.wrong == {"busy": 1}
    reply(book, "a")
    assert book.begin(ONE, 1, 2.0)
