import { countRead, type Shell, toText } from "./variables.ts";
import { isNumber, unknownNumber, type Value } from "../values.ts";

const names = /[A-Za-z_][A-Za-z0-9_]*/g;

/**
 * What evaluating an expression does besides giving a number. It assigns to variables, and in bash it runs commands that stand
 * in a value, as in `x='a[$(command)]'; $((x))`: what is evaluated must be numbers. Undefined: nothing; otherwise a problem.
 * `expression`: after its own expansions.
 */
export function evaluate(shell: Shell, expression: string): string | undefined {
  const known = expression.replaceAll(/\0[^\0]*\0/g, (text) => (isHarmless(shell, text) ? "0" : text));
  const identifiers = new Set(known.replaceAll(/\b[0-9]\w*/g, "0").match(names));
  const isSafe = !/[\0$`]/.test(known) && [...identifiers].every((name) => holdsNumber(shell, name));
  if (assigns(known)) for (const name of identifiers) shell.assign(name, unknownNumber);
  return isSafe ? undefined : "evaluates an expression of texts that are not known, and may run what stands in them";
}

function assigns(expression: string): boolean {
  return /=|\+\+|--/.test(
    expression
      .replaceAll(/<<=|>>=/g, "=")
      .replaceAll(/[=!<>]=/g, " ")
      .replaceAll("= =", "="),
  );
}

/** A number, or a variable that only the image can have set. */
function isHarmless(shell: Shell, text: string): boolean {
  if (isNumber(text)) return true;
  const name = /^\0\$\{?([A-Za-z_][A-Za-z0-9_]*)(?:[#%]{1,2}[^\0$`]*)?\}?\0$/.exec(text)?.[1];
  return name !== undefined && isUntouched(shell, name);
}

function isUntouched({ state }: Shell, name: string): boolean {
  return state.get(name) === undefined && state.inherited(name) === undefined && !state.isOpen;
}

function holdsNumber(shell: Shell, name: string): boolean {
  const text = toText(shell, name);
  countRead(shell, text);
  if (text === undefined) return isUntouched(shell, name) || isListOfNumbers(shell.state.get(name));
  return text === "" || isNumber(text);
}

function isListOfNumbers(value: Value | undefined): boolean {
  return value?.kind === "array" && !value.splits && value.items.every(isNumber);
}
