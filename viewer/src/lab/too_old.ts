/** The smallest module with an operation on vectors. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

/**
 * Whether this browser lacks something that training needs. A line of the page says so after a moment, even where this script cannot be
 * read; it is taken away here, or said at once.
 */
export function isTooOld(): boolean {
  const line = document.getElementById("too-old");
  const able = "DecompressionStream" in globalThis && "WebAssembly" in globalThis && WebAssembly.validate(new Uint8Array(SIMD));
  if (able) line?.remove();
  else if (line) line.style.visibility = "visible";
  return !able;
}
