import type { Source } from "./source.ts";
import type { Body } from "./syntax.ts";
import { refuseUnlessBash, skipBlanks, skipLines } from "./tokens.ts";

/** `function name`, which only bash knows. */
export function readFunction(source: Source): Body {
  refuseUnlessBash(source, "the word function");
  skipBlanks(source);
  const name = source.take(/[A-Za-z_][A-Za-z0-9_:.-]*/y);
  skipBlanks(source);
  if (source.takeText("(")) closeParentheses(source);
  return readFunctionBody(source, name);
}

/** Takes the `)` of `name()`. */
export function closeParentheses(source: Source): void {
  skipBlanks(source);
  source.expect(")");
}

/** What is run where the function is called. */
export function readFunctionBody(source: Source, name: string): Body {
  if (!/^[A-Za-z_][A-Za-z0-9_:.-]*$/.test(name)) source.fail("has a function whose name is not understood");
  skipLines(source);
  const body = source.language.readCommand(source);
  if (body.kind === "simple" || body.kind === "function") source.fail("has a function without a body");
  return { kind: "function", name, body };
}
