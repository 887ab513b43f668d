/** Every leaf of a dictionary with its place. Functions are called with numbers that can be found again. */
export function leaves(words: object, place = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    const at = `${place}.${name}`;
    if (typeof value === "string") return [[at, value]];
    if (typeof value === "function") return [[at, (value as (...given: number[]) => string)(101, 202, 303)]];
    return leaves(value as object, at);
  });
}
