/** Unpacks a block of this page: Base64 of a zlib stream in an element that no browser runs. */
export async function readBlock(block: number): Promise<Uint8Array> {
  const text = document.getElementById(`block-${block}`)?.textContent;
  if (!text) throw new Error(`block ${block} is missing`);
  const packed = fromBase64(text);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
