import { isOpaque } from "../../expansion.ts";

/**
 * `${name OPERATOR argument}` of a known value, for the operators that take a piece away or put another in its place.
 * Undefined: the answer is not known, because it would take more than literal texts and one `*` to tell.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_06_02
 */
export function applyOperator(value: string, operator: string, argument: string): string | undefined {
  if (isOpaque(value) || isOpaque(argument)) return undefined;
  switch (operator) {
    case "#":
    case "##":
      return withoutStart(value, argument, operator === "##");
    case "%":
    case "%%":
      return withoutEnd(value, argument, operator === "%%");
    case "^^":
      return argument === "" && isAscii(value) ? value.toUpperCase() : undefined;
    case ",,":
      return argument === "" && isAscii(value) ? value.toLowerCase() : undefined;
    default:
      return undefined;
  }
}

/** Bytes, characters and code units agree. */
export function isAscii(text: string): boolean {
  return !/[^ -~\t\n]/.test(text);
}

const special = /[*?[\]\\]/;

function withoutStart(value: string, pattern: string, isLongest: boolean): string | undefined {
  if (!special.test(pattern)) return value.startsWith(pattern) ? value.slice(pattern.length) : value;
  const literal = pattern.slice(1);
  if (!pattern.startsWith("*") || special.test(literal) || literal === "") return undefined;
  const at = isLongest ? value.lastIndexOf(literal) : value.indexOf(literal);
  return at === -1 ? value : value.slice(at + literal.length);
}

function withoutEnd(value: string, pattern: string, isLongest: boolean): string | undefined {
  if (!special.test(pattern)) return value.endsWith(pattern) ? value.slice(0, value.length - pattern.length) : value;
  const literal = pattern.slice(0, -1);
  if (!pattern.endsWith("*") || special.test(literal) || literal === "") return undefined;
  const at = isLongest ? value.indexOf(literal) : value.lastIndexOf(literal);
  return at === -1 ? value : value.slice(0, at);
}
