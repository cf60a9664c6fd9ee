import type { Argument } from "../../policies/workload.ts";
import { isOpaque } from "../expansion.ts";
import { getFlagName, isFlag } from "../flags/flags.ts";
import type { ReadPod } from "./read-pod.ts";

/**
 * The flags of every command line, for policies that read one, whatever program they are given to. A flag of which some value
 * in its container cannot be known is left out whole: it must not seem to say only the rest.
 */
export function listArguments(pods: readonly ReadPod[]): Argument[] {
  const found: Argument[] = [];
  for (const { containers } of pods) {
    for (const { lines, container } of containers) addArguments(lines, container.path, found);
  }
  return found;
}

function addArguments(lines: readonly (readonly string[])[], container: string, found: Argument[]): void {
  const from = found.length;
  const hidden = new Set<string>();
  for (const words of lines) addLine(words, container, found, hidden);
  if (hidden.size === 0) return;
  const known = found.splice(from).filter(({ name }) => !hidden.has(name));
  for (const argument of known) found.push(argument);
}

function addLine(words: readonly string[], container: string, found: Argument[], hidden: Set<string>): void {
  let name: string | undefined;
  let isBare = false;
  for (const word of words) {
    if (isFlag(word)) {
      if (isBare && name !== undefined) found.push({ name, value: "", container });
      const equals = word.indexOf("=");
      name = getFlagName(equals === -1 ? word : word.slice(0, equals));
      isBare = equals === -1;
      if (equals === -1) continue;
    }
    if (name === undefined) continue;
    isBare = false;
    const value = isFlag(word) ? word.slice(word.indexOf("=") + 1) : word;
    if (isOpaque(value)) hidden.add(name);
    found.push({ name, value, container });
  }
  if (isBare && name !== undefined) found.push({ name, value: "", container });
}
