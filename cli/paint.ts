import { styleText } from "node:util";
import type { Io } from "./io.ts";

type Style = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** Puts text in colour. */
export type Paint = (style: Style, text: string) => string;

/** In colour only on a terminal, and not where NO_COLOR is set: https://no-color.org */
export function createPainter({ out, env }: Pick<Io, "out" | "env">): Paint {
  const isTerminal = "isTTY" in out && out.isTTY === true;
  const isPlain = !isTerminal || (env["NO_COLOR"] ?? "") !== "";
  return (style, text) => (isPlain ? text : styleText(style, text, { stream: out }));
}
