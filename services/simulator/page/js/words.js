/** The page's own words. What the discoms write comes from them. */

import { memory } from "./dom.js";

const WORDS = {
  title: ["बिजली सेतु · फ़ोन", "Bijli Setu · phones"],
  brand: ["बिजली सेतु", "Bijli Setu"],
  note: ["WhatsApp की जगह यह नमूना। कोई संदेश इस मशीन से बाहर नहीं जाता।", "Stands in for WhatsApp. No message leaves this machine."],
  other_language: ["English", "हिन्दी"],
  theme: ["रात या दिन का रंग", "Dark or light"],
  control: ["नियंत्रण कक्ष", "Control room"],
  add_phone: ["फ़ोन जोड़ें", "Add a phone"],
  number: ["मोबाइल नंबर", "Mobile number"],
  number_wrong: ["देश कोड के साथ 8 से 15 अंक लिखें, जैसे 91 98765 43210", "8 to 15 digits with country code, such as 91 98765 43210"],
  new_number: ["कोई नया नंबर", "Some new number"],
  open: ["खोलें", "Open"],
  known_phones: ["पहले के फ़ोन", "Phones so far"],
  phone_of: ["फ़ोन", "Phone"],
  chats: ["चैट", "Chats"],
  no_messages: ["अभी कोई संदेश नहीं", "No messages yet"],
  opens_later: ["जल्द शुरू होगा", "Opens later"],
  hint: ["अपने क्षेत्र के विद्युत वितरण निगम को लिखें।", "Write to the electricity company of your area."],
  back: ["वापस", "Back"],
  close: ["बंद करें", "Close"],
  menu: ["और विकल्प", "More options"],
  business: ["बिज़नेस अकाउंट", "Business account"],
  verified: ["सत्यापित", "verified"],
  typing: ["लिख रहा है…", "typing…"],
  messages_of: ["संदेश:", "Messages with"],
  write_here: ["संदेश", "Message"],
  send: ["भेजें", "Send"],
  attach: ["संलग्न करें", "Attach"],
  voice: ["आवाज़", "Voice"],
  voice_note: ["वॉइस नोट", "Voice note"],
  location: ["लोकेशन", "Location"],
  photo: ["फ़ोटो", "Photo"],
  sticker: ["स्टिकर", "Sticker"],
  contact: ["संपर्क", "Contact"],
  document: ["दस्तावेज़", "Document"],
  video: ["वीडियो", "Video"],
  caption: ["फ़ोटो के साथ कुछ लिखें (ज़रूरी नहीं)", "Caption (optional)"],
  photo_wrong: ["यह फ़ोटो खुल नहीं पाई।", "This picture cannot be opened."],
  send_location: ["लोकेशन भेजें", "Send location"],
  place: ["जगह", "Place"],
  latitude: ["अक्षांश", "Latitude"],
  longitude: ["देशांतर", "Longitude"],
  share_contact: ["अपना नंबर साझा करें", "Share my number"],
  choose: ["विकल्प चुनें", "Choose"],
  samples: ["नमूना अकाउंट आईडी", "Sample account IDs"],
  samples_hint: ["छूने पर आईडी संदेश में लिख जाती है।", "A tap types the ID into your message."],
  no_samples: ["अभी कोई नमूना नहीं है। वे डेमो के उपभोक्ताओं के साथ आते हैं।", "There are none yet. They come with the demo's consumers."],
  be_owner: ["इसी का मोबाइल बनें", "Be its mobile"],
  hello: ["नमस्ते", "Hi"],
  start: ["यहाँ से शुरू करें: नमस्ते लिखें, या बिल पर छपी अकाउंट आईडी भेजें।", "Start here: say hi, or send the account ID printed on the bill."],
  today: ["आज", "Today"],
  yesterday: ["कल", "Yesterday"],
  you: ["आप", "You"],
  reply: ["जवाब दें", "Reply"],
  react: ["प्रतिक्रिया", "React"],
  edit: ["बदलें", "Edit"],
  edited: ["बदला गया", "edited"],
  revoke: ["सबके लिए हटाएँ", "Delete for everyone"],
  revoked: ["यह संदेश हटा दिया गया", "This message was deleted"],
  unsupported: ["ऐसा संदेश यह ऐप नहीं दिखा सकता", "This kind of message cannot be shown"],
  message_menu: ["संदेश के विकल्प", "Message options"],
  cancel: ["रहने दें", "Cancel"],
  clear_chat: ["चैट साफ़ करें", "Clear chat"],
  remove_phone: ["इस पेज से हटाएँ", "Take off this page"],
  profile: ["प्रोफ़ाइल", "Profile"],
  profile_name: ["नाम, जैसा दूसरों को दिखे", "Name as others see it"],
  save: ["सहेजें", "Save"],
  username: ["यूज़रनेम (ज़रूरी नहीं)", "Username (optional)"],
  hide_number: ["मेरा नंबर बिज़नेस को न दिखे", "Hide my number from businesses"],
  change_number: ["नंबर बदलें", "Change number"],
  moved_number: ["नया मोबाइल नंबर", "New mobile number"],
  new_identity: ["नया मालिक या नया फ़ोन (सुरक्षा कोड बदले)", "New owner or new device (security code changes)"],
  told: ["निगमों को बता दिया गया।", "The companies have been told."],
  block: ["ब्लॉक करें", "Block"],
  unblock: ["अनब्लॉक करें", "Unblock"],
  blocked: ["आपने इस नंबर को ब्लॉक किया है।", "You have blocked this number."],
  waiting: ["भेजा जा रहा है", "Sending"],
  sent: ["भेजा गया", "Sent"],
  delivered: ["पहुँच गया", "Delivered"],
  read: ["पढ़ा गया", "Read"],
  unread: ["नए संदेश", "unread"],
  control_note: ["जो WhatsApp में बिगड़ सकता है, वह यहाँ जान-बूझकर।", "What can go wrong at WhatsApp, on purpose."],
  to_phones: ["फ़ोन पर वापस", "To the phones"],
  faults: ["गड़बड़ियाँ", "Faults"],
  faults_note: ["हर गड़बड़ी दर और बीज के अनुसार, हर बार एक जैसी; फिर शुरू करने पर भी बनी रहती है।", "By rate and seed, the same way every time; they stay over a restart."],
  no_faults: ["कोई गड़बड़ी नहीं। सब WhatsApp जैसा चलता है।", "None. Everything works as WhatsApp should."],
  kind: ["प्रकार", "Kind"],
  details: ["विवरण", "Details"],
  where: ["कहाँ", "Where"],
  all_discoms: ["सब जगह", "Everywhere"],
  only_phone: ["केवल यह फ़ोन", "This phone only"],
  rate: ["दर, 0 से 1", "Rate, 0 to 1"],
  remaining: ["कितनी बार (खाली: सदा)", "How often (empty: always)"],
  seed: ["बीज", "Seed"],
  often: ["कितना", "How often"],
  struck: ["लगी / मौके", "Struck / drawn"],
  add: ["जोड़ें", "Add"],
  remove: ["हटाएँ", "Remove"],
  webhooks: ["वेबहुक", "Webhooks"],
  verified_yes: ["पता जाँचा हुआ है। बाकी:", "The address is verified. Waiting:"],
  verified_no: ["पता अभी जाँचा नहीं गया। बाकी:", "The address is not verified yet. Waiting:"],
  hurry: ["सब अभी भेजें", "Try everything now"],
  replay: ["पिछले 20 फिर भेजें", "Deliver the last 20 again"],
  forward_hour: ["एक घंटा आगे", "An hour passes"],
  forward_day: ["एक दिन आगे (24 घंटे की खिड़की बंद)", "A day passes (closes the 24-hour window)"],
  templates: ["टेम्पलेट", "Templates"],
  templates_note: ["24 घंटे के बाद केवल इनसे लिखा जा सकता है। हर बदलाव वेबहुक को बताया जाता है।", "After 24 hours only these may be sent. Every change is told to the webhook."],
  no_templates: ["अभी कोई नहीं। पहली बार भेजने पर भी बन जाता है।", "None yet. The first send of one makes it known, too."],
  name: ["नाम", "Name"],
  template_language: ["भाषा", "Language"],
  category: ["श्रेणी", "Category"],
  body: ["शब्द", "Text"],
  buttons: ["बटन", "Buttons"],
  state: ["स्थिति", "Status"],
  as_sent: ["जैसा भेजा गया", "as sent"],
  approve: ["स्वीकृत करें", "Approve"],
  pause: ["रोकें", "Pause"],
  reject: ["अस्वीकार करें", "Reject"],
  gone: ["नमूना सेवा से संपर्क नहीं है, फिर से कोशिश हो रही है।", "The simulator does not answer; trying again."],
};

export let language = memory.get("language", navigator.language.startsWith("en") ? "en" : "hi");

/** A word of the page in the chosen language. */
export const t = (key) => WORDS[key][language === "hi" ? 0 : 1];

export function switchLanguage() {
  language = language === "hi" ? "en" : "hi";
  memory.set("language", language);
}

/** A text that comes in both languages. */
export const either = (text) => (typeof text === "string" ? text : text?.[language] ?? text?.hi ?? "");

/** The time of day, and the day, as a phone here shows them. */
export const clock = (at) => new Intl.DateTimeFormat(`${language}-IN`, { hour: "numeric", minute: "2-digit" }).format(new Date(at));

export function day(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return new Intl.DateTimeFormat(`${language}-IN`, { day: "numeric", month: "long", year: "numeric" }).format(date);
}
