/** Where the numbers of records lie: a page has blocks, and so has each reply of a worker. */
export interface Blocks {
  /** Tells their heads from those of other blocks in one cache. */
  readonly name: string;
  /** Gives a block by its number. */
  read(block: number): Promise<Uint8Array>;
}

/** The blocks of this page. */
export const pageBlocks: Blocks = { name: "", read: readBlock };

/** Blocks that lie in memory, one after the other. */
export function blocksIn(name: string, bytes: ArrayBuffer, lengths: readonly number[]): Blocks {
  let end = 0;
  const blocks = lengths.map((length) => {
    end += length;
    return new Uint8Array(bytes, end - length, length);
  });
  const read = async (block: number): Promise<Uint8Array> => {
    const found = blocks[block];
    if (!found) throw new Error(`block ${block} is missing`);
    return found;
  };
  return { name, read };
}

/** Unpacks a block of this page: Base64 of a zlib stream in an element that no browser runs. */
async function readBlock(block: number): Promise<Uint8Array> {
  const text = document.getElementById(`block-${block}`)?.textContent;
  if (!text) throw new Error(`block ${block} is missing`);
  const packed = fromBase64(text);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
