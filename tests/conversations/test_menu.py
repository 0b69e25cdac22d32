"""Greeting, options, links, contacts, language: what menu answers, in both languages."""

import pytest

from tests.conversations.conftest import Chats
from tests.conversations.transcript import Transcript

OPTIONS = "[1. सेवा लिंक] [2. बिल राशि] [3. मीटर बैलेंस] [4. शिकायत दर्ज करें] [5. शिकायत की स्थिति] [6. संपर्क] [English]"
OPTIONS_EN = (
    "[1. Service links] [2. Bill amount] [3. Meter balance] [4. Register complaint] [5. Track complaint] [6. Contacts] "
    "[हिन्दी]"
)


async def test_greets_a_new_consumer_and_gives_links_and_contacts_in_hindi(chat: Transcript) -> None:
    await chat.reads(f"""
        consumer: नमस्ते
        menu: *मध्यांचल विद्युत* में आपका स्वागत है। 🙏
              …
              For English, write English.
              {OPTIONS}
        consumer: १
        menu: आप कहाँ रहते हैं: 1 शहर, या 2 गाँव?
              [शहर] [गाँव]
        consumer: गांव
        menu: ये हैं सेवा के लिंक:
              …
              https://consumer.uppcl.org/wss
              …
              केवल इन्हीं पतों पर जाएँ। OTP, PIN या कार्ड का नंबर किसी को न दें।
              [मेनू]
        consumer: [मेनू]
        menu: *मध्यांचल विद्युत*: आप क्या देखना चाहते हैं? …
              {OPTIONS}
        consumer: [1. सेवा लिंक]
        menu: ये हैं सेवा के लिंक:…
              [मेनू]
        consumer: 6
        menu: *मध्यांचल विद्युत वितरण निगम*
              ☎ 1912
              …
              व्हाट्सऐप: 8010924203। केवल हरे टिक वाले खाते पर भरोसा करें।
              [मेनू]
    """)


async def test_speaks_english_when_asked_and_hindi_again(chat: Transcript) -> None:
    await chat.reads(f"""
        consumer: hello
        menu: *मध्यांचल विद्युत* में आपका स्वागत है। …
              {OPTIONS}
        consumer: [English]
        menu: We will write in English now. *Madhyanchal Vidyut*, type a number:
              …
              {OPTIONS_EN}
        consumer: 1
        menu: …
              [City] [Village]
        consumer: [City]
        menu: …https://www.uppclonline.com…
              [Menu]
        consumer: contacts
        menu: *Madhyanchal Vidyut Vitran Nigam*
              …
              [Menu]
        consumer: हिन्दी
        menu: अब हम हिन्दी में बात करेंगे। …
              {OPTIONS}
    """)


@pytest.mark.parametrize("word", ["0", "०", "menu", "MENU", "मेनू", "main menu"])
async def test_every_word_for_the_menu_leads_there(chats: Chats, word: str) -> None:
    chat = chats("pvvnl")
    await chat.reads(f"""
        consumer: 1
        menu: आप कहाँ रहते हैं: 1 शहर, या 2 गाँव?
              [शहर] [गाँव]
        consumer: {word}
        menu: *पश्चिमांचल विद्युत*: आप क्या देखना चाहते हैं? …
              {OPTIONS}
    """)


async def test_asks_again_when_the_answer_does_not_fit_and_leaves_by_the_menu(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 1
        menu: आप कहाँ रहते हैं: 1 शहर, या 2 गाँव?
              [शहर] [गाँव]
        consumer: 😀
        menu: कृपया चुनें: 1 शहर, या 2 गाँव। मेनू के लिए 0 लिखें।
              [शहर] [गाँव]
        consumer: (sticker)
        menu: कृपया चुनें: 1 शहर, या 2 गाँव। मेनू के लिए 0 लिखें।
              [शहर] [गाँव]
        consumer: 2
        menu: ये हैं सेवा के लिंक:…
              [मेनू]
    """)


@pytest.mark.parametrize("discom", ["mvvnl", "pvvnl", "puvvnl", "dvvnl", "kanpur"])
async def test_every_open_discom_greets_with_six_options(chats: Chats, discom: str) -> None:
    chat = chats(discom)
    await chat.reads(f"""
        consumer: hi
        menu: …में आपका स्वागत है। …
              {OPTIONS}
    """)


async def test_kesco_says_once_why_it_is_closed_and_what_to_use_meanwhile(chats: Chats) -> None:
    chat = chats("kesco")
    await chat.reads("""
        consumer: नमस्ते
        menu: नमस्ते। …1912…https://1912.uppcl.org…
        consumer: english
        menu: …1912…https://1912.uppcl.org…
    """)


async def test_flipping_the_switch_in_its_file_opens_all_six_options_of_kesco(chats: Chats) -> None:
    chat = chats("kanpur")
    await chat.reads(f"""
        consumer: hi
        menu: *केस्को* में आपका स्वागत है। …
              {OPTIONS}
        consumer: 6000000017
        billing: ✅ …खाता (…0017) जुड़ गया है।…
                 {OPTIONS}
        consumer: 1
        menu: ये हैं सेवा के लिंक:…
              [मेनू]
        consumer: 2
        billing: *… का बिल ₹…* (खाता …0017)…
                 [बैलेंस देखें] [बिल गलत है] [मेनू]
        consumer: 3
        billing: *बैलेंस ₹…* (खाता …0017)…
                 [बिल देखें] [दूसरा खाता] [मेनू]
        consumer: 4
        complaints: किस बात की शिकायत है? …
                    [1. बिजली नहीं या कम] [2. मीटर खराब] [3. बिल गलत] [4. बिल नहीं मिला] [5. नया कनेक्शन]
        consumer: [5. शिकायत की स्थिति]
        complaints: इस नंबर से कोई शिकायत दर्ज नहीं है। …
                    [शिकायत दर्ज करें] [मेनू]
        consumer: 6
        menu: *कानपुर विद्युत आपूर्ति कंपनी (केस्को)*…
              [मेनू]
    """)


async def test_two_machines_do_not_talk_for_ever_and_a_second_hi_gets_no_second_menu(chat: Transcript) -> None:
    await chat.reads("""
        consumer: hi
        menu: …में आपका स्वागत है। …
        consumer: hi
        consumer: (sticker)
        consumer: Thank you for contacting ABC Store. We will get back to you shortly.
        consumer: Thank you for contacting ABC Store. We will get back to you shortly.
        consumer: bill
        billing: कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।
    """)
