"""Registering and tracking complaints, in both languages, with as few messages as possible."""

from tests.conversations.conftest import Chats
from tests.conversations.transcript import Transcript


async def test_registers_a_supply_complaint_from_the_menu_in_hindi(chat: Transcript) -> None:
    await chat.reads("""
        consumer: 4
        complaints: शिकायत कहाँ की है: 1 शहर, या 2 गाँव? अकाउंट आईडी भी भेज सकते हैं।
                    [शहर] [गाँव]
        consumer: 1000000017
        complaints: किस बात की शिकायत है? …
                    पोर्टल पर भी दर्ज कर सकते हैं: https://1912.uppcl.org
                    [1. बिजली नहीं या कम] [2. मीटर खराब] [3. बिल गलत] [4. बिल नहीं मिला] [5. नया कनेक्शन]
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
        consumer: [स्थिति देखें]
        complaints: *{number}*: *दर्ज*
                    …
        consumer: {number}
        complaints: *{number}*: *दर्ज*
                    …
    """)


async def test_registers_a_faulty_meter_in_english_in_three_messages(chats: Chats) -> None:
    chat = chats("puvvnl")
    await chat.reads("""
        consumer: my meter is not working
        complaints: Where is the problem: …
                    …
        consumer: 2000145850
        complaints: *This will be registered:*
                    Meter stopped
                    Village
                    Account …5850
                    You wrote: my meter is not working
                    …
                    [Register] [Change] [Menu]
        consumer: 1
        complaints: ✅ Complaint registered: *{number}*
                    Meter stopped
                    To be solved by *…* (provisional, may change)
                    …
                    [See status] [Menu]
        consumer: track my complaint
        complaints: *{number}*: *registered*
                    …
    """)


async def test_one_message_about_a_dark_house_needs_one_choice_more(chat: Transcript) -> None:
    await chat.reads("""
        consumer: light nahi hai Indira Nagar 1000000017
        complaints: *यह शिकायत दर्ज होगी:*
                    बिजली की आपूर्ति
                    शहर
                    खाता …0017
                    आपने लिखा: light nahi hai Indira Nagar 1000000017
                    …
                    [1. …
        consumer: [2. पूरे इलाके में]
        complaints: ✅ शिकायत दर्ज हो गई: *{number}*
                    …
                    [स्थिति देखें] [मेनू]
        consumer: [2. पूरे इलाके में]
        complaints: …{number}…
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
        complaints: …
    """)
