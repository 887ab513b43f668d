import type { HeadName, Kind } from "../data.ts";
import { nameOf } from "../findings.ts";
import type { HeadChange, Settings } from "./messages.ts";

const KINDS: readonly Kind[] = ["encoder_self", "decoder_self", "cross"];
const MOST = 256;

/** Heads as an address names them: `L0H1,cross:L1H0`. */
export function namesOf(heads: readonly HeadName[]): string {
  return heads.map(nameOf).join(",");
}

/** The heads that an address names; null where that makes no sense. One without a kind is a decoder's, or else one of the attention between encoder and decoder. */
export function headsIn(text: string, architecture: string | undefined): HeadName[] | null {
  const names = text.split(",");
  if (names.length > MOST) return null;
  const otherwise = architecture === "encoder-decoder" ? "cross" : "decoder_self";
  const heads = names.map((name): HeadName | null => {
    const [, kind, layer, head] = /^(?:([a-z_]{1,20}):)?[Ll](\d{1,3})[Hh](\d{1,3})$/.exec(name) ?? [];
    const known = kind === undefined ? otherwise : KINDS.find((each) => each === kind);
    return layer === undefined || known === undefined ? null : { kind: known, layer: Number(layer), head: Number(head) };
  });
  return heads.every((head) => head !== null) ? heads : null;
}

/** The changes of heads that a model of these settings has. */
export function fitting(changes: readonly HeadChange[], { layers, heads, architecture }: Settings): HeadChange[] {
  return changes.filter(
    ({ head }) =>
      head.layer < (layers ?? 0) && head.head < (heads ?? 0) && (architecture === "encoder-decoder" || head.kind === "decoder_self"),
  );
}
