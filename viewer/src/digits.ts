/** More decimals than this tell nobody anything about a weight. */
const MOST_DECIMALS = 6;

/**
 * A weight that is known to within `error`, in digits that are all true: every number within the error is written the same way when it is
 * rounded to that many decimals. At most `most` decimals.
 *
 * Where not even one digit is sure, the error stands beside the number.
 */
export function trueDigits(weight: number, error: number, most = MOST_DECIMALS): string {
  const first = error > 0 ? Math.min(most, Math.max(0, Math.floor(-Math.log10(2 * error)))) : most;
  for (let decimals = first; decimals >= 1; decimals--) {
    const [low, high] = [weight - error, weight + error].map((value) => positiveZero(value.toFixed(decimals)));
    if (low === high) return low!;
  }
  if (error === 0) return weight.toFixed(0);
  return `${weight.toFixed(2)} ± ${error.toPrecision(1)}`;
}

/**
 * A number of both signs that is known to within `error`, with a true minus: at most three significant digits and `most` decimals, all of them
 * true as those of {@link trueDigits} are.
 */
export function signed(value: number, error: number, most = 2): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  const size = Math.abs(value);
  const first = size === 0 ? most : Math.min(most, Math.max(0, 2 - Math.floor(Math.log10(size))));
  for (let decimals = first; decimals >= 0; decimals--) {
    const [low, high] = [value - error, value + error].map((each) => positiveZero(each.toFixed(decimals)));
    if (low === high) return low!.replace("-", "−");
  }
  return `${positiveZero(value.toFixed(first)).replace("-", "−")} ± ${error.toPrecision(1)}`;
}

/** A bound in one significant digit, rounded up so that it stays one. */
export function atMost(bound: number): string {
  if (!(bound > 0)) return "0";
  const nearest = bound.toExponential(0);
  if (Number(nearest) >= bound) return nearest;
  const [digit, exponent] = nearest.split("e") as [string, string];
  return digit === "9" ? `1e${Number(exponent) + 1}` : `${Number(digit) + 1}e${Number(exponent)}`;
}

/** The sum of a row that is not 1, in as many decimals as it takes to see that it is not, and that it is not 0 either. */
export function sumDigits(sum: number, least = 2): string {
  for (let decimals = least; decimals < 8; decimals++) {
    const text = sum.toFixed(decimals);
    if (Number(text) !== 1 && (Number(text) !== 0 || sum === 0)) return text;
  }
  return String(sum);
}

/** A bound in two significant digits, rounded up, so that it stays one. */
export function bound(value: number): string {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  // What is a bound already may come out of the division a rounding above itself.
  return String(Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2)));
}

/** A share in per cent, one decimal. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A number in so many decimals, with a true minus. */
export function decimals(value: number, count: number): string {
  return positiveZero(value.toFixed(count)).replace("-", "−");
}

/** A difference: as {@link decimals}, and with its sign where it is not 0. */
export function change(value: number, count: number): string {
  const text = decimals(value, count);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

function positiveZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
