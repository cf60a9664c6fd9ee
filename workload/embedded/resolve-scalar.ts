const nothing = new Set(["", "~", "null", "Null", "NULL"]);
const yes = new Set(["true", "yes", "on", "y"]);
const no = new Set(["false", "no", "off", "n"]);

/** Numbers, sexagesimals and dates of YAML 1.1 and 1.2, one expression for both: who reads the text later may go by either. */
const numeric =
  /^(?:[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+|\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|(?:\d[\d_]*(?:\.[\d_]*)?|\.[\d_]+)(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/;

/**
 * What plain text of YAML stands for. A string only where every version of YAML reads one: what some read as a number, a date or
 * a truth value is none, and a number that they read differently is NaN.
 */
export function resolveScalar(text: string): string | number | boolean | null {
  if (nothing.has(text)) return null;
  if (text.length <= 5) {
    const lower = text.toLowerCase();
    if (yes.has(lower)) return true;
    if (no.has(lower)) return false;
  }
  if (!numeric.test(text)) return text;
  return /^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}
