// Reads a run's records without Headlight: safetensors of float32.
import { readFileSync } from "node:fs";

/** The records of a file: for each kind its tokens, mask and alignment, and every tensor with its shape. */
export function readRecords(path) {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString("utf8"));
  const { records } = JSON.parse(header.__metadata__.headlight);
  const tensor = (/** @type {string} */ name) => {
    const entry = header[name];
    if (entry === undefined) return null;
    const [start, end] = entry.data_offsets.map((at) => 8 + length + at);
    const values = new Float32Array((end - start) / 4);
    for (let at = 0; at < values.length; at++) values[at] = file.readFloatLE(start + 4 * at);
    return { shape: entry.shape, values };
  };
  return records.map((record) => ({
    ...record,
    tensor: (/** @type {string | undefined} */ name) => tensor(name ? `${record.kind}.${name}` : record.kind),
  }));
}
