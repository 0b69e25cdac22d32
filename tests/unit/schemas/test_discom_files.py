"""A discom is one file; a typo in it stops the start with the file, the key and what is allowed."""

import shutil
from pathlib import Path

import pytest

from libs.schemas.discom import DiscomFileError, load, load_all, select

SHIPPED = Path(__file__).parents[3] / "deploy" / "discoms"
CODES = ["dvvnl", "kesco", "mvvnl", "puvvnl", "pvvnl"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be broken."""
    shutil.copytree(SHIPPED, tmp_path / "discoms")
    return tmp_path / "discoms"


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text, f"the shipped {file.name} holds no {before!r} any more"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_all_five_shipped_files_load() -> None:
    discoms = load_all(SHIPPED)
    assert list(discoms) == CODES
    for code, discom in discoms.items():
        assert discom.code == code
        assert discom.display_phone_number == f"91{discom.number}"
        assert discom.account.digits == (10,)
        assert discom.contacts.helpline == "1912"


def test_the_four_numbers_of_the_launch_and_kescos_own_are_shipped() -> None:
    assert {code: discom.number for code, discom in load_all(SHIPPED).items()} == {
        "puvvnl": "8010968292",
        "mvvnl": "8010924203",
        "pvvnl": "7859804803",
        "dvvnl": "8010957826",
        "kesco": "8287835233",
    }


def test_kesco_alone_is_closed_says_why_in_both_languages_and_opens_with_one_switch(directory: Path) -> None:
    discoms = load_all(directory)
    assert [code for code, discom in discoms.items() if not discom.open] == ["kesco"]
    closed = discoms["kesco"].closed
    assert closed and closed.reason.in_("hi") != closed.reason.in_("en")
    edit(directory / "kesco.toml", "open = false", "open = true")
    assert load(directory / "kesco.toml").open


def test_every_district_of_the_state_belongs_to_exactly_one_discom() -> None:
    districts = [district for discom in load_all(SHIPPED).values() for district in discom.districts]
    assert len(districts) == len(set(districts)) == 75 + len(["Kanpur city, of KESCO"])


def test_no_deadline_without_an_official_figure_is_called_certain() -> None:
    for discom in load_all(SHIPPED).values():
        certain = [name for name, deadline in discom.complaints.deadlines.items() if not deadline.provisional]
        assert certain == ["new-connection"]
        for deadline in discom.complaints.deadlines.values():
            assert deadline.hours("urban") <= deadline.hours("rural")


TOP = "code, name, short_name, number, phone_number_id, open, closed, smart_meter_only, partitions"
TRUSTED = "uppcl.org, uppclonline.com, upenergy.in, upenergy.org, up.nic.in, up.gov.in, mvvnl.in"
URL = 'url = "https://www.uppclonline.com"'
BROKEN = {
    "an unknown key": ("smart_meter_only", "smartmeter_only", "smartmeter_only: unknown key; allowed here: " + TOP),
    "a missing key": ('number = "8010924203"', "", "number: is missing; it is one of: " + TOP),
    "an unknown key in a table": ("toll_free", "tollfree", "contacts.tollfree: unknown key; allowed here: helpline, "),
    "a missing key in a table": ('helpline = "1912"', "", "contacts.helpline: is missing; it is one of: helpline, "),
    "an unknown key in a list of tables": (
        URL,
        'urll = "x"',
        "links.urban.0.urll: unknown key; allowed here: title, url",
    ),
    "a missing key three tables deep": (
        ', en = "View and pay the bill"',
        "",
        "links.urban.0.title.en: is missing; it is one of: hi, en",
    ),
    "an unknown key of a deadline": (
        "urban = 8,",
        "urban = 8, rurl = 9,",
        "complaints.deadlines.supply.rurl: unknown key; allowed here: urban, rural, ",
    ),
    "an unknown category": (
        "supply = {",
        "supply = { urban = 8, rural = 24 }\nvoltage = {",
        "complaints.deadlines.voltage = 'voltage'; allowed: 'supply', 'faulty-meter', 'bill-correction', ",
    ),
    "a category without deadline": (
        "supply = { urban = 8, rural = 24 }",
        "",
        "complaints: deadlines: none for supply; every category needs one",
    ),
    "a deadline of no hours": (
        "urban = 8,",
        "urban = 0,",
        "complaints.deadlines.supply.urban = 0; allowed: more than 0",
    ),
    "a deadline that is no table": (
        "supply = { urban = 8, rural = 24 }",
        "supply = 8",
        "complaints.deadlines.supply = 8; allowed: a table of: urban, rural, provisional",
    ),
    "a number without quotes": ('"8010924203"', "8010924203", 'number = 8010924203; allowed: text in "quotes"'),
    "a number with a leading zero": (
        '"8010924203"',
        '"08010924203"',
        "number = '08010924203'; allowed: text like ^[6-9][0-9]{9}$",
    ),
    "a number in Devanagari": ('"8010924203"', '"८०१०९२४२०३"', "number = '८०१०९२४२०३'; allowed: text like "),
    "a phone_number_id with letters": ('"100000000000002"', '"PN-2"', "phone_number_id = 'PN-2'; allowed: text like "),
    "a switch in words": ("open = true", 'open = "yes"', "open = 'yes'; allowed: true or false"),
    "a switch as a number": (
        "smart_meter_only = true",
        "smart_meter_only = 1",
        "smart_meter_only = 1; allowed: true or false",
    ),
    "a count in words": ("partitions = 1", 'partitions = "one"', "partitions = 'one'; allowed: a whole number"),
    "no partitions": ("partitions = 1", "partitions = 0", "partitions = 0; allowed: 1 or more"),
    "too many partitions": ("partitions = 1", "partitions = 65", "partitions = 65; allowed: 64 or less"),
    "digits that are no list": ("digits = [10]", "digits = 10", "account.digits = 10; allowed: a list in [brackets]"),
    "digits that allow nothing": ("digits = [10]", "digits = []", "account.digits = []; allowed: one or more"),
    "digits that no account has": ("digits = [10]", "digits = [10, 0]", "account.digits.1 = 0; allowed: 6 or more"),
    "a prefix that is no digit": (
        'prefixes = ["1"]',
        'prefixes = ["A"]',
        "account.prefixes.0 = 'A'; allowed: text like ^[0-9]+$",
    ),
    "letters that are none": (
        'letters = "MV"',
        'letters = "M1"',
        "complaints.letters = 'M1'; allowed: text like ^[A-Z]{2}$",
    ),
    "a billing system nobody built": (
        "[complaints]",
        '[billing]\nbackend = "oracle"\n[complaints]',
        "billing.backend = 'oracle'; allowed: 'database'",
    ),
    "a text in one language only": (
        'en = "Madhyanchal Vidyut"\n',
        "",
        "short_name.en: is missing; it is one of: hi, en",
    ),
    "an empty text": ('en = "Madhyanchal Vidyut"\n', 'en = ""\n', "short_name.en = ''; allowed: words"),
    "closed without a reason": (
        "open = true",
        "open = false",
        "closed.reason: is missing; open = false needs it, in hi and en",
    ),
    "a link to a stranger": (
        URL,
        'url = "https://uppclonline.com.example.org/pay"',
        f"links.urban.0.url = 'https://uppclonline.com.example.org/pay'; allowed: https:// and one of {TRUSTED}",
    ),
    "a link to a look-alike": (
        URL,
        'url = "https://myuppcl.org"',
        "links.urban.0.url = 'https://myuppcl.org'; allowed: ",
    ),
    "a link that is not encrypted": (
        URL,
        'url = "http://www.uppclonline.com"',
        "links.urban.0.url = 'http://www.uppclonline.com'; allowed: https:// and ",
    ),
    "a portal of a stranger": (
        "serial_from = 1",
        'serial_from = 1\nportal = "https://1912.example.org"',
        "complaints.portal = 'https://1912.example.org'; allowed: https:// and one of ",
    ),
    "a code other than the file's name": (
        'code = "mvvnl"',
        'code = "pvvnl"',
        "code = 'pvvnl'; allowed: 'mvvnl', as the file is called",
    ),
    "a code in capitals": ('code = "mvvnl"', 'code = "MVVNL"', "code = 'MVVNL'; allowed: text like ^[a-z]"),
    "a file that is no TOML": (
        "[contacts]",
        "[contacts",
        "cannot be read: Expected ']' at the end of a table declaration",
    ),
}


@pytest.mark.parametrize(("before", "after", "line"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_is_refused_with_file_key_and_what_is_allowed(
    directory: Path, before: str, after: str, line: str
) -> None:
    file = directory / "mvvnl.toml"
    edit(file, before, after)
    with pytest.raises(DiscomFileError) as caught:
        load_all(directory)
    lines = str(caught.value).splitlines()
    assert any(found.startswith(f"{file}: {line}") for found in lines), lines
    assert all(found.startswith(f"{file}: ") for found in lines)


def test_a_problem_is_told_once_at_its_innermost_place(directory: Path) -> None:
    edit(directory / "mvvnl.toml", "digits = [10]", 'digits = ["ten"]')
    with pytest.raises(DiscomFileError) as caught:
        load(directory / "mvvnl.toml")
    assert str(caught.value).splitlines() == [
        f"{directory / 'mvvnl.toml'}: account.digits.0 = 'ten'; allowed: a whole number"
    ]


def test_all_problems_of_a_file_are_told_at_once(directory: Path) -> None:
    edit(directory / "mvvnl.toml", "toll_free", "tollfree")
    edit(directory / "mvvnl.toml", "partitions = 1", "partitions = 0")
    with pytest.raises(DiscomFileError) as caught:
        load(directory / "mvvnl.toml")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("key", "own", "others"),
    [("number", "7859804803", "8010924203"), ("phone_number_id", "100000000000003", "100000000000002")],
)
def test_two_discoms_cannot_have_one_number(directory: Path, key: str, own: str, others: str) -> None:
    edit(directory / "pvvnl.toml", own, others)
    with pytest.raises(DiscomFileError, match=f"pvvnl.toml: {key} = '{others}' belongs to mvvnl already"):
        load_all(directory)


def test_a_discom_may_link_to_its_own_site(directory: Path) -> None:
    edit(directory / "mvvnl.toml", URL, 'url = "https://www.mvvnl.in/bill"')
    assert load(directory / "mvvnl.toml").links.of("urban")[0].url == "https://www.mvvnl.in/bill"


def test_a_directory_without_discoms_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(DiscomFileError, match="holds no discom file"):
        load_all(tmp_path)


def test_discoms_are_chosen_by_code() -> None:
    discoms = load_all(SHIPPED)
    assert select(discoms, "all") == discoms
    assert list(select(discoms, "pvvnl, mvvnl")) == ["pvvnl", "mvvnl"]


@pytest.mark.parametrize(("wanted", "named"), [("mvvnl,bses", "bses is"), ("", "nothing is"), (" , ", "nothing is")])
def test_an_unknown_code_is_answered_with_those_there_are(wanted: str, named: str) -> None:
    with pytest.raises(DiscomFileError, match=f"{named} not known; allowed: all, dvvnl, kesco, mvvnl, puvvnl, pvvnl"):
        select(load_all(SHIPPED), wanted)
