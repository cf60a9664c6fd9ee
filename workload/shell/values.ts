import type { Command } from "./grammar/syntax.ts";

/** What is known of a variable, a function, the positional parameters or a mode of the shell. */
export type Value =
  | { readonly kind: "text"; readonly text: string; readonly isExported: boolean }
  | { readonly kind: "array"; readonly items: readonly string[]; readonly splits: boolean }
  | { readonly kind: "unset" }
  | { readonly kind: "unknown"; readonly isNumber: boolean }
  | { readonly kind: "function"; readonly body: Command }
  | { readonly kind: "positional"; readonly args: readonly string[]; readonly from: number };

/** A value, and when it was written. */
export interface Entry {
  readonly value: Value;
  readonly writtenAt: number;
}

/** One entry of the past. Undefined: there was none. */
export interface Change {
  readonly at: number;
  readonly entry: Entry | undefined;
}

/** It may be anything. */
export const unknown: Value = { kind: "unknown", isNumber: false };

/** It may be any number. */
export const unknownNumber: Value = { kind: "unknown", isNumber: true };

/** A number, or the opaque text of an expansion that always gives one. */
export function isNumber(text: string): boolean {
  return /^-?[0-9]+$/.test(text) || /^\0(?:\$\(\([^\0]*|\$\{#[^\0]*|\$[?#$!])\0$/.test(text);
}

/** What is known of a thing that is one or the other. Undefined: what the script found. */
export function joinValues(one: Value | undefined, other: Value | undefined): Value {
  if (one === undefined || other === undefined) return unknown;
  if (one === other) return one;
  if (one.kind === "unset" && other.kind === "unset") return one;
  if (one.kind === "text" && other.kind === "text" && one.text === other.text) {
    return { ...one, isExported: one.isExported && other.isExported };
  }
  return holdsNumber(one) && holdsNumber(other) ? unknownNumber : unknown;
}

/** True where both say the same of what is known. */
export function isSame(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (one?.kind === "text" && other?.kind === "text") {
    return one.text === other.text && one.isExported === other.isExported;
  }
  if (one?.kind === "unknown" && other?.kind === "unknown") return one.isNumber === other.isNumber;
  return one?.kind === "unset" && other?.kind === "unset";
}

function holdsNumber(value: Value): boolean {
  return value.kind === "unknown" ? value.isNumber : value.kind === "text" && isNumber(value.text);
}

/** Keys that no variable has. */
export const keys = {
  /** Of each function call its own. */
  positional: (frame: number): string => `@${frame}`,
  /** A command may have changed the working directory. */
  moved: "cd ",
  /** `exec <file`. */
  input: "< ",
  /** `set -a`. */
  exportsAll: "-a",
  function: (name: string): string => `${name}()`,
  readonly: (name: string): string => `${name} readonly`,
} as const;
