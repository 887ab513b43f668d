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

/** A number of both signs in three significant digits, with a true minus. */
export function signed(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return positiveZero(value.toFixed(decimals)).replace("-", "−");
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

function positiveZero(text: string): string {
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
