// Texts on which the int8 form of a new model is compared with the float32 one: many lengths, tempers and scripts.

const sentences = [
  'Thanks for the quick reply, that solved it.',
  'What a ridiculous idea. Did you even read the page before you changed it?',
  'I have moved the section on early history to its own article and added three sources.',
  'you are an idiot and everybody here knows it',
  'STOP DELETING MY EDITS!!!',
  'The meeting is on Tuesday at 10:30 in room 4.',
  'Go away, nobody wants you here.',
  'Refund took nine days; support was friendly, though, and the second parcel arrived undamaged.',
  'lol ok',
  'See http://example.org/help?page=2 for the rules (section 3.1, "Sources").',
  'This is the worst film I have seen in years: loud, slow, and far too long.',
  'I will find out where you live.',
  'Das Angebot gilt nur bis Ende der Woche, danach kostet es wieder 49,90 €.',
  'Gracias por tu ayuda, pero creo que la segunda frase no es correcta.',
  'Спасибо, я посмотрю это завтра утром.',
  '今天的会议改到下午三点了。',
  'हम कल फिर से कोशिश करेंगे।',
  'شكرا على المساعدة',
  '😀 great work 🎉🎉',
  'a',
];

/** The empty text, sentences alone, sentences joined to longer and longer texts, and one over any limit. */
export const sampleTexts: readonly string[] = [
  '',
  ...sentences,
  ...sentences.map((_, start) => sentences.slice(start, start + 3).join(' ')),
  ...sentences.map((_, end) => sentences.slice(0, end + 1).join('\n')),
  Array.from({ length: 40 }, () => sentences.join(' ')).join(' '),
];
