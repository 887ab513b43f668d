import assert from "node:assert/strict";
import { test } from "node:test";
import { atMost, bound, signed, sumDigits, trueDigits } from "../../src/digits.ts";
import { random } from "./random.ts";

test("a bound is rounded up, in two digits", () => {
  for (const [value, wanted] of [
    [0.5 / 255, "0.002"],
    [0.6 / 510, "0.0012"],
    [0.0012, "0.0012"],
    [0.00999, "0.01"],
    [0.25, "0.25"],
  ] as const) {
    assert.equal(bound(value), wanted);
  }
});

test("every digit shown is one of the true weight's", () => {
  const next = random(3);
  const seen = new Map<number, number>();
  for (let round = 0; round < 50_000; round++) {
    // A row's largest weight in 16 or 8 bits; the shown weight is what was decoded, the true one anything within the error.
    const most = next() ** 3;
    const error = most / (next() < 0.5 ? 65_535 : 255) / 2;
    const weight = most * next();
    const truth = Math.max(0, weight + (2 * next() - 1) * error);
    const shown = trueDigits(weight, error);
    if (shown.includes("±")) {
      assert.ok(error > 1e-4, `${weight} ± ${error} was not shown at all`);
      continue;
    }
    const decimals = shown.split(".")[1]?.length ?? 0;
    seen.set(decimals, (seen.get(decimals) ?? 0) + 1);
    assert.equal(truth.toFixed(decimals), shown, `${truth} from ${weight} ± ${error}`);
  }
  // It must not win by showing next to nothing.
  const [few, many] = [(seen.get(1) ?? 0) + (seen.get(2) ?? 0), (seen.get(4) ?? 0) + (seen.get(5) ?? 0) + (seen.get(6) ?? 0)];
  assert.ok(many > few, JSON.stringify([...seen]));
});

test("digits by hand", () => {
  for (const [weight, error, most, text] of [
    [0.9375, 0, 6, "0.937500"],
    [0.93745, 0.00001, 6, "0.937"],
    [0.93754, 0.00001, 6, "0.9375"],
    [0.5, 0.002, 6, "0.50"],
    [0.5, 0.1, 6, "0.50 ± 0.1"],
    [0, 0.000008, 6, "0.0000"],
    [1, 0, 2, "1.00"],
    [0.125, 0.004, 2, "0.1"],
  ] as const) {
    assert.equal(trueDigits(weight, error, most), text);
  }
});

test("numbers of both signs", () => {
  const shown = [-1.005, 0, -0.001, 12.34, -123.4, -Infinity, NaN].map((value) => signed(value, 0));
  assert.deepEqual(shown, ["−1.00", "0.00", "0.00", "12.3", "−123", "−∞", "NaN"]);
  assert.equal(signed(-8.1049, 0.0002), "−8.1");
  assert.equal(signed(0.00412, 1e-6, 4), "0.0041");
  assert.equal(signed(0.4, 0.7), "0.40 ± 0.7");
  const next = random(11);
  for (let round = 0; round < 20_000; round++) {
    const value = (next() - 0.5) * 10 ** (4 * next() - 2);
    const error = 10 ** (-2 - 4 * next());
    const truth = value + (2 * next() - 1) * error;
    const text = signed(value, error, 4);
    if (text.includes("±")) continue;
    const number = Number(text.replace("−", "-"));
    assert.equal(Number(truth.toFixed(text.split(".")[1]?.length ?? 0)) + 0, number, `${truth} from ${value} ± ${error}`);
  }
});

test("a bound that is shown is one", () => {
  assert.deepEqual([2.41e-6, 9.2e-5, 3e-4, 0.5, 0].map(atMost), ["3e-6", "1e-4", "3e-4", "5e-1", "0"]);
  const next = random(5);
  for (let round = 0; round < 10_000; round++) {
    const bound = 10 ** (-8 * next());
    const shown = Number(atMost(bound));
    assert.ok(shown >= bound && shown <= 2 * bound, `${shown} for ${bound}`);
  }
});

test("a sum that is not 1 is not shown as 1", () => {
  assert.deepEqual(
    [0.9975, 1.003, 0.8, 0.0009, 0, 0.9989].map((sum) => sumDigits(sum)),
    ["0.998", "1.003", "0.80", "0.001", "0.00", "0.999"],
  );
});
