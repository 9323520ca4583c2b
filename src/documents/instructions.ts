/**
 * Text that gives orders to whoever reads it, such as a model that is shown the passage. Found by patterns that are
 * listed here and by characters nobody sees; it proves nothing about what a model will do. Nothing is removed: the text
 * stays evidence, and the page says where the orders stand.
 */

export type InstructionKind =
  /** To forget what was said before. */
  | 'override'
  /** To be somebody else, or to keep a secret. */
  | 'role'
  /** Marks that set apart who speaks in a prompt. */
  | 'markers'
  /** To answer in a given way, whatever is asked. */
  | 'answer'
  /** Characters that are not seen or that turn the reading round. */
  | 'hidden';

export interface InstructionFound {
  readonly kind: InstructionKind;
  readonly start: number;
  readonly end: number;
}

const BEFORE = String.raw`(?:previous|prior|earlier|preceding|above|foregoing|system|your|the|all|any|these|those|other)`;
const ORDERS = String.raw`(?:instructions?|prompts?|directions?|directives?|guidelines|guardrails|system (?:prompt|message))`;

/** Each at most a line long, so that no pattern looks far. */
const PATTERNS: readonly (readonly [InstructionKind, RegExp])[] = [
  [
    'override',
    new RegExp(
      String.raw`\b(?:ignore|disregard|forget|override|overrule|bypass|do not (?:follow|obey))\s+(?:(?:of|about)\s+)?(?:${BEFORE}\s+){1,4}${ORDERS}\b`,
      'giu',
    ),
  ],
  [
    'override',
    /\b(?:ignore|disregard|forget)\s+(?:everything|anything|all)\s+(?:that\s+)?(?:(?:was|is|has been|you were|you have been)\s+)?(?:said|written|told|stated|instructed|above|before this|you know)\b/giu,
  ],
  [
    'override',
    /\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)\s+(?:bitte\s+)?(?:alle\w*|die|deine|ihre|sämtliche)?\s*(?:vorherig\w*|bisherig\w*|obig\w*|vorangegangen\w*|früher\w*)?\s*(?:anweisung\w*|instruktion\w*|vorgaben|befehle)\b/giu,
  ],
  [
    'override',
    /\b(?:ignore[zr]?|oublie[zr]?)\s+(?:toutes?\s+)?(?:les|vos|tes|mes|ces)\s+(?:instructions?|consignes?|directives?)\b/giu,
  ],
  [
    'override',
    /\b(?:ignor[ae]|olvid[ae]|ignorad)\s+(?:todas?\s+)?(?:las|tus|sus|estas)\s+(?:instrucciones|indicaciones|órdenes)\b/giu,
  ],
  [
    'override',
    /\b(?:ignor[ai]|ignorate|dimentica(?:te)?)\s+(?:tutte\s+)?(?:le|queste)\s+(?:istruzioni|indicazioni)\b/giu,
  ],
  ['override', /\b(?:ignor[ea]|esque[çc]a)\s+(?:todas\s+)?(?:as|suas|tuas)\s+(?:instruções|ordens)\b/giu],
  ['override', /\bnegeer\s+(?:alle\s+)?(?:de\s+)?(?:vorige|eerdere|bovenstaande)\s+(?:instructies|opdrachten)\b/giu],
  [
    'override',
    /(?:忽略|无视|無視|忘记|忘記).{0,8}(?:指令|指示|提示|说明|說明)|(?:これまで|以前|上記|前)の(?:すべての|全ての)?(?:指示|命令)を(?:無視|忘れ)/gu,
  ],
  [
    'override',
    /(?:игнорируй(?:те)?|забудь(?:те)?)\s+(?:все\s+)?(?:предыдущие|прежние|вышеуказанные)\s+(?:инструкции|указания|команды)/giu,
  ],
  ['role', /\byou are (?:now|no longer)\s+(?:an?\b|the\b|in\b|dan\b|free\b|acting\b|bound\b|chatgpt\b)/giu],
  ['role', /\bfrom now on,?\s+you(?:'re| are| will| must| shall| answer| respond| act)\b/giu],
  [
    'role',
    /\b(?:pretend|act)\s+(?:to be|as(?: if you (?:are|were))?)\s+(?:an?\s+)?(?:unrestricted|unfiltered|evil|jailbroken|different)\s+(?:\w+\s+)?(?:ai|assistant|model|chatbot|bot)\b/giu,
  ],
  [
    'role',
    /\b(?:as an? (?:ai|artificial intelligence|large language)(?:\s+(?:language\s+)?(?:model|assistant|system))?,?\s+(?:you|i)\b)/giu,
  ],
  [
    'role',
    /\b(?:reveal|repeat|print|show|output|leak|do not (?:reveal|mention|disclose))\s+(?:me\s+)?(?:your|the|this)\s+(?:hidden\s+|secret\s+|full\s+|original\s+|initial\s+)?(?:system (?:prompt|message|instructions)|prompt|instructions)\b/giu,
  ],
  [
    'role',
    /\b(?:new|updated|real|actual|important)\s+(?:system\s+)?instructions?\s+(?:for|to)\s+(?:the\s+)?(?:ai|llm|model|assistant|chatbot|language model)\b/giu,
  ],
  [
    'role',
    /\b(?:du bist|sie sind)\s+(?:ab\s+)?(?:jetzt|nun)\s+(?:an\s+)?(?:ein\w*|kein\w*)\b|\btu es (?:maintenant|désormais)\s+une?\b|\bvous êtes (?:maintenant|désormais)\s+une?\b|\bahora eres\s+una?\b/giu,
  ],
  [
    'answer',
    /\b(?:ai|llm|assistant|chatbot|language model|model)s?\s+(?:reading|processing|summari[sz]ing|reviewing)\s+this\b/giu,
  ],
  [
    'answer',
    /\b(?:regardless of|no matter) (?:what|which) (?:the )?(?:question|user|passages?)\b[^.\n]{0,40}\b(?:answer|say|reply|respond|ask)/giu,
  ],
  [
    'answer',
    /\b(?:always|only|simply|just)\s+(?:answer|reply|respond)\s+(?:only\s+)?(?:with|by saying|that)\b[^.\n]{0,20}["“'‘]/giu,
  ],
  ['answer', /\b(?:tell|inform|assure) the user that\b/giu],
  [
    'markers',
    /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)\|>|<(?:start|end)_of_turn>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|instructions?)(?:_prompt)?>/giu,
  ],
  ['markers', /^\s*(?:#{2,}\s*)?(?:system prompt|system message|system override)\s*[:：]/gimu],
  // Runs, since one joins an emoji or parts a word in many scripts. Tag characters outside a flag spell hidden ASCII.
  ['hidden', /[\u200b\u2060\u2061-\u2064\ufeff]{3,}|(?:[\u200b-\u200d\u2060\ufeff]\s*){8,}/gu],
  ['hidden', /[\u202d\u202e]/gu],
  ['hidden', /(?<![\u{e0020}-\u{e007f}\u{1f3f4}])[\u{e0020}-\u{e007f}]{2,}/gu],
];

/** Characters put between letters so that a pattern misses them. */
const UNSEEN = /[\u200b-\u200d\u2060-\u2064\u00ad\ufeff]/g;

/** Where a text gives instructions, in its order; overlapping ones are one. Offsets count in UTF-16 units. */
export function findInstructions(text: string): InstructionFound[] {
  const found = matches(text);
  const stripped = text.search(UNSEEN) === -1 ? null : withoutUnseen(text);
  if (stripped)
    for (const { kind, start, end } of matches(stripped.text))
      found.push({ kind, start: stripped.at[start] ?? 0, end: (stripped.at[end - 1] ?? 0) + 1 });
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: InstructionFound[] = [];
  for (const one of found) {
    const last = apart.at(-1);
    if (last && one.start < last.end) apart[apart.length - 1] = { ...last, end: Math.max(last.end, one.end) };
    else apart.push(one);
  }
  return apart;
}

/** How many lines end from `from` up to `to`. */
export function linesBetween(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function matches(text: string): InstructionFound[] {
  return PATTERNS.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)].map(({ 0: match, index }) => ({ kind, start: index, end: index + match.length })),
  );
}

/** The text without unseen characters, and where each of its characters stood. */
function withoutUnseen(text: string): { text: string; at: Uint32Array } {
  const at = new Uint32Array(text.length);
  const parts: string[] = [];
  let [from, length] = [0, 0];
  const keep = (to: number) => {
    for (let i = from; i < to; i++) at[length++] = i;
    parts.push(text.slice(from, to));
  };
  for (const { index } of text.matchAll(UNSEEN)) {
    keep(index);
    from = index + 1;
  }
  keep(text.length);
  return { text: parts.join(''), at };
}
