"""Account, bill and balance in both languages. The consumers are those of `services.billing demo-data`."""

from tests.conversations.conftest import Chats
from tests.conversations.test_menu import OPTIONS, OPTIONS_EN
from tests.conversations.transcript import Transcript


async def test_the_bare_account_id_links_and_shows_the_six_options(chat: Transcript) -> None:
    """How the service was announced: send the account ID printed on the bill, get the menu."""
    await chat.reads(f"""
        consumer: 1000000017
        billing: ✅ *रा••• कु•••* का खाता (…0017) जुड़ गया है।
                 नंबर लिखें या सूची से चुनें:
                 1 सेवा लिंक
                 2 बिल राशि
                 3 प्रीपेड मीटर बैलेंस
                 4 शिकायत दर्ज करें
                 5 शिकायत की स्थिति
                 6 संपर्क
                 {OPTIONS}
        consumer: 2
        billing: *… का बिल ₹…* (खाता …0017)
                 आखिरी तारीख: *…*
                 बाकी जानकारी खाते में दर्ज मोबाइल से लिखने पर मिलेगी।
                 जमा करें: https://www.uppclonline.com
                 OTP या PIN किसी को न बताएँ।
                 [बैलेंस देखें] [बिल गलत है] [मेनू]
        consumer: और बैलेंस?
        billing: *बैलेंस ₹…* (खाता …0017)
                 यह … तक का है।
                 [बिल देखें] [दूसरा खाता] [मेनू]
        consumer: [बिल देखें]
        billing: *… का बिल ₹…* (खाता …0017)…
                 [बैलेंस देखें] [बिल गलत है] [मेनू]
    """)


async def test_asks_for_the_bill_in_hindi_and_mistypes_the_account_once(chat: Transcript) -> None:
    await chat.reads("""
        consumer: बिल कितना है
        billing: कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।
        consumer: 12345
        billing: इसमें 5 अंक हैं। अकाउंट आईडी 10 अंकों की होती है, कृपया बिल देखकर भेजें। मेनू के लिए 0 लिखें।
        consumer: 1999999999
        billing: यह अकाउंट आईडी हमें नहीं मिली। …
        consumer: मेरा खाता १०००-१४५ ८५० है
        billing: *… का बिल ₹2,314* (खाता …5850)
                 आखिरी तारीख *…* निकल गई है, कृपया जल्द जमा करें।
                 …
                 [बिल गलत है] [दूसरा खाता] [मेनू]
    """)


async def test_one_message_is_enough(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 1000145850 ka bill
        billing: *… का बिल ₹2,314* (खाता …5850)…
                 [बिल गलत है] [दूसरा खाता] [मेनू]
    """)
    assert (chat.said, chat.heard) == (1, 1)


async def test_the_registered_mobile_sees_arrears_last_payment_and_basis(chats: Chats) -> None:
    chat = chats(phone="919000010003")
    await chat.reads("""
        consumer: 1000145850 ka bill
        billing: *… का बिल ₹2,314* (खाता …5850)
                 आखिरी तारीख *…* निकल गई है, कृपया जल्द जमा करें।
                 इसमें पुराना बकाया: ₹…
                 पिछला भुगतान: ₹…
                 बिल मीटर की रीडिंग से बना है।
                 जमा करें: https://www.uppclonline.com
                 OTP या PIN किसी को न बताएँ।
                 [बिल गलत है] [दूसरा खाता] [मेनू]
    """)


async def test_english_from_greeting_to_balance(chat: Transcript) -> None:
    await chat.reads(f"""
        consumer: english please
        menu: We will write in English now. …
              {OPTIONS_EN}
        consumer: [3. Meter balance]
        billing: Please send the 10-digit account ID printed on your bill.
        consumer: 1000097239
        billing: *Balance minus ₹…* (account …7239)
                 As on …
                 Recharge: UPPCL SMART app, or https://www.uppclonline.com
                 Never tell anyone an OTP or a PIN.
                 [See bill] [Paid, but no power] [Menu]
    """)


async def test_each_kind_of_meter_gets_a_sensible_balance(chat: Transcript) -> None:
    await chat.reads("""
        consumer: balance 1000194461
        billing: खाता …4461 पोस्टपेड है, इसलिए बैलेंस नहीं होता।…
                 [बिल देखें] [दूसरा खाता] [मेनू]
        consumer: balance 1000388905
        billing: खाता …8905 का बैलेंस अभी मीटर से नहीं मिला है। …
    """)


async def test_a_meter_that_is_not_smart_is_promised_to_be_joined(chats: Chats) -> None:
    chat = chats()
    await chat.reads("""
        consumer: 1000534738 bill
        billing: खाता …4738: बिल अभी केवल स्मार्ट मीटर वालों को यहाँ मिलता है। आपका मीटर जल्द जुड़ेगा।
                 तब तक https://www.uppclonline.com देखें या 1912 पर पूछें। शिकायत यहाँ कर सकते हैं।
                 [शिकायत करें] [मेनू]
        consumer: 6
        menu: *मध्यांचल विद्युत वितरण निगम*…
              [मेनू]
    """)


async def test_an_account_of_another_discom_is_sent_to_the_right_number(chats: Chats) -> None:
    chat = chats("pvvnl")
    await chat.reads("""
        consumer: 1000000017
        billing: यह अकाउंट आईडी मध्यांचल विद्युत की लगती है। कृपया उनके व्हाट्सऐप 8010924203 पर लिखें, या यहाँ …
    """)


async def test_what_is_no_account_gets_the_question_again_and_the_way_out(chat: Transcript) -> None:
    again = "कृपया 10 अंकों की अकाउंट आईडी भेजें। मेनू के लिए 0 लिखें।"
    await chat.reads(f"""
        consumer: 2
        billing: कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।
        consumer: (sticker)
        billing: {again}
        consumer: (audio)
        billing: {again}
        consumer: 😀
        billing: यह जवाब समझ में नहीं आया। मदद के लिए *1912* पर कॉल करें, या मेनू के लिए 0 लिखें।
                 [मेनू]
        consumer: 0
        menu: *मध्यांचल विद्युत*: आप क्या देखना चाहते हैं? …
              {OPTIONS}
        consumer: 2
        billing: कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।
        consumer: {"अ" * 4096}
        billing: {again}
    """)


async def test_five_foreign_accounts_a_day_are_the_limit(chat: Transcript) -> None:
    for account in ("1000000017", "1000048628", "1000097239", "1000145850", "1000194461"):
        await chat.reads(f"""
            consumer: {account} bill
            billing: …{account[-4:]}…
                     …
        """)
    await chat.reads("""
        consumer: 1000243072 bill
        billing: आज आप 5 अलग खाते देख चुके हैं। …
                 [मेनू]
    """)
