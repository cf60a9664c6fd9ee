/** A number as people write it, in base ten: `unscaled` divided by ten to the power of `scale`. Nothing is rounded. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** The longest text of a decimal that is read: comparing two takes time by their length. */
export const maxDecimalCharacters = 64;

const plain = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;
const withExponent = /^(.+)e([+-][0-9]+)$/;

/** The decimal in text such as `-0.62`; undefined for anything else, an exponent among it, and for text that is too long. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > maxDecimalCharacters) return undefined;
  const match = plain.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const unscaled = BigInt(whole + fraction);
  return { unscaled: sign === "-" ? -unscaled : unscaled, scale: fraction.length };
}

/** The decimal that a finite number is written as: 0.1 is one tenth, and not the fraction of powers of two next to it. */
export function toDecimal(number: number): Decimal {
  const text = String(number);
  const [, mantissa = text, exponent = "0"] = withExponent.exec(text) ?? [];
  const decimal = parseDecimal(mantissa);
  if (decimal === undefined) throw new RangeError(`${text} is not a finite number`);
  return { unscaled: decimal.unscaled, scale: decimal.scale - Number(exponent) };
}

/** Negative where `a` is less than `b`, positive where it is greater, 0 where they are the same number. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [rescale(a, scale), rescale(b, scale)];
  return left < right ? -1 : Number(left > right);
}

function rescale({ unscaled, scale }: Decimal, to: number): bigint {
  return unscaled * 10n ** BigInt(to - scale);
}
