/**
 * A token as it can be seen: `␣` for a space at an edge, `↵` for a line break, `⇥` for a tab, and the code point, such as `U+200B`, for whatever
 * has no ink or only steers its neighbours. An empty token is a pair of quotation marks. The rules are those of headlight-plot's pictures.
 */
export function visible(token: string): string {
  if (token === "") return '""';
  const signs = [...token];
  const first = signs.findIndex((sign) => sign !== " ");
  const last = signs.findLastIndex((sign) => sign !== " ");
  let shown = "";
  let afterCodePoint = false;
  signs.forEach((sign, at) => {
    const inside = first >= 0 && first <= at && at <= last;
    const ink = sign === " " ? (inside ? " " : "␣") : sign === "\n" ? "↵" : sign === "\t" ? "⇥" : hasInk(sign) ? sign : null;
    if (afterCodePoint) shown += " ";
    shown += ink ?? codePoint(sign);
    afterCodePoint = ink === null;
  });
  return shown;
}

/** As {@link visible}, shut off from the writing direction of what stands around it; for canvases and SVG, where `<bdi>` does not reach. */
export function label(token: string): string {
  const shown = visible(token);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/** Whether a token is a marker and no word: `BOS`, `<s>`, `[CLS]`. */
export function isSpecial(token: string): boolean {
  return /^(<.+>|\[.+\]|BOS|EOS|SEP|PAD|CLS|MASK|UNK|EOT|END)$/s.test(token);
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Controls, formats (joiners, direction marks), surrogates, private and unassigned signs, all spaces, and letters that are blank. */
const NO_INK =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: a combining grapheme joiner alone is what is looked for
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/u;

function hasInk(sign: string): boolean {
  return !NO_INK.test(sign);
}

function codePoint(sign: string): string {
  return `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
