import { isOpaque } from "../expansion.ts";

/** How `test` ends with these operands, for the few forms that scripts mostly use. Undefined: not known. */
export function evaluateTest(operands: readonly string[]): boolean | undefined {
  const [first = "", second = "", third = ""] = operands;
  switch (operands.length) {
    case 2:
      if (first === "-n") return isNotEmpty(second);
      if (first === "-z") return negate(isNotEmpty(second));
      return first === "!" ? negate(isNotEmpty(second)) : undefined;
    case 3:
      if (second === "=") return isSame(first, third);
      if (second === "!=") return negate(isSame(first, third));
      return first === "!" ? negate(evaluateTest(operands.slice(1))) : undefined;
    default:
      return undefined;
  }
}

function isNotEmpty(text: string): boolean | undefined {
  return isOpaque(text) ? undefined : text !== "";
}

function isSame(one: string, other: string): boolean | undefined {
  return isOpaque(one) || isOpaque(other) ? undefined : one === other;
}

function negate(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}
