"""Registering and tracking complaints, in both languages, with as few messages as possible."""

from tests.conversations.conftest import Chats
from tests.conversations.transcript import Transcript


async def test_registers_a_supply_complaint_from_the_menu_in_hindi(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 4
        complaints: किस बात की शिकायत है? …
                    साथ में जगह या अकाउंट आईडी भी लिख सकते हैं, जैसे: 1 गाँव रामपुर
                    पोर्टल पर भी दर्ज कर सकते हैं: https://1912.uppcl.org
                    [1. बिजली नहीं या कम] [2. मीटर खराब] [3. बिल गलत] [4. बिल नहीं मिला] [5. नया कनेक्शन]
        consumer: 1
        complaints: बिजली की शिकायत कहाँ की है? भेजते ही *शिकायत दर्ज हो जाएगी*। …
        consumer: 1000000017
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    बिजली की आपूर्ति
                    खाता …0017
                    समय-सीमा: *…* तक (अस्थायी, बदल सकती है)
                    …
                    [स्थिति देखें] [मेनू]
        consumer: pure mohalle me andhera hai
        complaints: शिकायत *{number}* में जोड़ दिया। और कुछ हो तो भेजें। मेनू के लिए 0 लिखें।
                    [मेनू]
        consumer: [स्थिति देखें]
        complaints: *{number}*: *दर्ज*
                    …
                    1 कुछ जोड़ना है, 2 हल हो गई। मेनू के लिए 0 लिखें।
                    …
        consumer: {number}
        complaints: *{number}*: *दर्ज*
                    …
    """)


async def test_a_linked_consumer_registers_in_three_messages_from_the_menu(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 1000000017
        billing: ✅ …
        consumer: 4
        complaints: किस बात की शिकायत है? …
        consumer: 1
        complaints: *यह शिकायत दर्ज होगी:*
                    बिजली की आपूर्ति
                    शहर
                    खाता …0017
                    क्या हुआ है? …
                    [1. …
        consumer: 1
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    घर में बिजली नहीं
                    समय-सीमा: *…* तक (अस्थायी, बदल सकती है)
                    …
                    [स्थिति देखें] [मेनू]
        consumer: 4
        complaints: किस बात की शिकायत है? …
        consumer: 1
        complaints: आपकी शिकायत *{number}* पहले से दर्ज है।…
                    क्या एक और दर्ज करें? 1 स्थिति देखें, 2 नई दर्ज करें।
                    …
        consumer: 1
        complaints: *{number}*: *दर्ज*
                    …
    """)


async def test_registers_a_faulty_meter_in_english_in_two_messages(chats: Chats) -> None:
    chat = chats("puvvnl")
    await chat.reads("""
        consumer: my meter is not working
        complaints: Which account is it about? *Your answer registers the complaint*. …
        consumer: 2000145850
        complaints: ✅ Complaint registered: *{number}*
                    Meter stopped
                    Account …5850
                    To be solved by *…* (provisional, may change)
                    …
                    [See status] [Menu]
        consumer: track my complaint
        complaints: *{number}*: *registered*
                    …
    """)


async def test_one_message_about_a_dark_house_ends_in_the_number_at_once(chat: Transcript) -> None:
    await chat.reads("""
        consumer: light nahi hai Indira Nagar 1000000017
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    बिजली की आपूर्ति
                    खाता …0017
                    …
                    [स्थिति देखें] [मेनू]
    """)
    assert (chat.said, chat.heard) == (1, 1)
    await chat.reads("""
        consumer: {number} ka kya hua
        complaints: *{number}*: *दर्ज*
                    …
    """)


async def test_danger_comes_before_every_question(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 2
        billing: कृपया बिल पर छपी 10 अंकों की अकाउंट आईडी भेजें।
        consumer: taar toot kar gir gaya hai
        complaints: ⚠ *दूर रहें, कुछ न छुएँ, औरों को भी रोकें।* अभी *1912* पर कॉल करें; आग या चोट हो तो 112 पर।
                    शिकायत *{number}* सबसे ऊपर दर्ज हो गई है।
                    जगह बताएँ: लोकेशन भेजें, या लिखें।
        consumer: (location 26.8467, 80.9462)
        complaints: …{number}…
    """)


async def test_another_consumers_number_reveals_nothing(chats: Chats) -> None:
    owner, stranger = chats(), chats()
    await owner.reads("""
        consumer: bijli ka khamba gir gaya hai
        complaints: …शिकायत *{number}* सबसे ऊपर दर्ज हो गई है।…
    """)
    number = owner.kept["number"]
    unknown = "इस मोबाइल से दर्ज शिकायतों में नहीं मिली। कृपया संख्या जाँचकर फिर भेजें। मेनू के लिए 0 लिखें।"
    await stranger.reads(f"""
        consumer: {number}
        complaints: {number} {unknown}
                    [मेरी शिकायतें] [मेनू]
        consumer: MV01012699999
        complaints: MV01012699999 {unknown}
                    [मेरी शिकायतें] [मेनू]
    """)


async def test_without_an_account_the_place_is_enough(chats: Chats) -> None:
    chat = chats("dvvnl")
    await chat.reads("""
        consumer: bijli nahi aa rahi
        complaints: …
                    …
        consumer: (location 27.1767, 78.0081)
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    बिजली की आपूर्ति
                    📍 लोकेशन मिली
                    …
                    शहर मानकर समय बताया है। गाँव हो तो 2 लिखें।
                    …
                    [गाँव में है] [स्थिति देखें] [मेनू]
        consumer: 2
        complaints: ठीक है, शिकायत *{number}* की जगह बदल दी।
                    समय-सीमा: …
                    …
    """)


async def test_two_wishes_in_one_text_the_first_is_answered_the_other_offered(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 1000145850 ka bill kitna hai aur light bhi nahi aa rahi
        billing: *… का बिल ₹2,314* (खाता …5850)…
                 यह भी पूछा था, लिखें या चुनें:
                 बिजली नहीं है
                 [बिजली नहीं है] [बिल गलत है] [दूसरा खाता]
        consumer: [बिजली नहीं है]
        complaints: *यह शिकायत दर्ज होगी:*
                    बिजली की आपूर्ति
                    …
    """)


async def test_whose_number_is_hidden_is_asked_for_it_once_the_complaint_is_registered(chat: Transcript) -> None:
    phone = chat.phone
    async with phone.http.post(f"{phone.base}/api/phones/{phone.wa_id}", json={"hidden": True}) as response:
        assert response.status == 200, await response.text()
    await chat.reads("""
        consumer: bijli nahi hai gaon Rampur
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    …
                    आपका नंबर हमें नहीं दिखता। अधिकारी कॉल कर सकें, इसके लिए नंबर भेजें।
                    न देना हो तो "नहीं" लिखें, शिकायत दर्ज रहेगी।
                    …
    """)
    card = {
        "origin": "contact_request",
        "name": {"formatted_name": "रामू"},
        "phones": [{"phone": f"+{phone.wa_id}", "wa_id": phone.wa_id}],
    }
    await phone.sends(type="contacts", contacts=[card])
    [kept] = await phone.next_bubbles()
    assert kept.body.startswith("नंबर मिल गया") and chat.kept["number"] in kept.body
