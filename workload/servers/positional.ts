import { asksForAccelerator } from "../hardware/accelerators.ts";
import type { Command } from "./commands.ts";
import type { Container } from "../containers.ts";
import { isOpaque } from "./expansion.ts";
import type { CommandLine } from "./flags.ts";
import { imageEntryPoint, listFlags, type Server, vllmMarks, vllmValueFlags } from "./servers.ts";
import { type Setting, settingOf } from "./settings.ts";

/**
 * The model that a command line names: its first positional argument, where the server takes one, else its flag, else its
 * variable. A positional argument may also stand behind a switch, where only the server's own parser can tell it from a
 * value; such a line is a problem, because vLLM lets the positional argument override `--model`.
 */
export function modelOf(server: Server, line: CommandLine, command: Command, container: Container): Setting {
  const named = settingOf(line, server.flags.model, command.env, server === imageEntryPoint ? [] : server.env.model);
  const [positional, ...more] = server.positional ? line.leading : imagePositional(line, command, container);
  const strays = straysOf(line);
  if (positional !== undefined) {
    const problem = more.length > 0 ? "the server is given more than one model" : undefined;
    return { value: problem === undefined ? positional : undefined, problem, by: "the first argument" };
  }
  const isAmbiguous = server.positional
    ? strays.length > 0
    : server === imageEntryPoint && isVllm(line) && strays.some(looksLikeModel);
  if (!isAmbiguous) return named;
  return {
    value: undefined,
    problem: "the model may be hidden behind a flag: put it first, and write flags as --flag=value",
    by: "arguments",
  };
}

/** Arguments for an image that starts `vllm serve` or `vllm` itself: the model comes first. */
function imagePositional(
  { leading, flags }: CommandLine,
  { isForImage }: Command,
  container: Container,
): readonly string[] {
  const isServe = leading[0] === "serve" && leading.length > 1;
  const words = isServe ? leading.slice(1) : leading;
  const [first] = words;
  if (!isForImage || first === undefined) return [];
  const isMarked = flags.some(({ name }) => vllmMarks.has(name));
  return isMarked || (looksLikeModel(first) && (isServe || asksForAccelerator(container.fields))) ? words : [];
}

/** Only vLLM among those that images start takes a positional model beside flags. */
function isVllm({ flags }: CommandLine): boolean {
  const names = flags.map(({ name }) => name);
  const isOther = names.includes("--model-id") || names.includes("--model-path");
  return names.includes("--model") || (!isOther && names.some((name) => vllmMarks.has(name)));
}

function looksLikeModel(word: string): boolean {
  return /^(?:[\w.-]+\/[\w.-]+|\/.*|[a-z0-9+]+:\/\/.*)$/i.test(word);
}

/** Words after a flag that may not be its value: a positional argument after a switch. */
function straysOf({ flags }: CommandLine): string[] {
  return flags.flatMap(({ name, values, joined }) => {
    if (listFlags.has(name)) return [];
    return joined || takesValue(name) ? values.slice(1) : values;
  });
}

const valueNames =
  /^--(?!enable-|disable-|no-|use-|skip-|trust-).*-(?:path|file|keyfile|certfile|certs|dir|url|uri|endpoint)$/;

function takesValue(name: string): boolean {
  return vllmValueFlags.has(name) || imageEntryPoint.flags.model.includes(name) || valueNames.test(name);
}

/** A word that only the running container knows, where it could be a flag instead of a value: `--switch "$X"`. */
export function hiddenFlag({ leading, flags }: CommandLine): string | undefined {
  for (const { name } of flags) if (isOpaque(name)) return name;
  const words = leading.concat(
    flags.flatMap(({ name, values, joined }) =>
      joined || takesValue(name) || listFlags.has(name) ? values.slice(1) : values,
    ),
  );
  return words.find((word) => isOpaque(word) && mayBeFlag.test(word));
}

// oxlint-disable-next-line no-control-regex -- an opaque part begins with NUL
const mayBeFlag = /^-{0,2}\0/;
