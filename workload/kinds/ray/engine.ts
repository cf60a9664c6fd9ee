import { parseCommandLine } from "../../flags/command-line.ts";
import { vllmFlags } from "../../flags/vllm-flags.ts";
import { vllmServers } from "../../servers/known/vllm.ts";
import { readLine, type ServerReading } from "../../servers/read-server.ts";
import { isFields, type Fields } from "../../shape.ts";

const [vllm] = vllmServers;
const noVariables = { values: new Map<string, string>(), open: false };

/**
 * The engine's arguments of `ray.serve.llm`, read as the command line of vLLM that means the same: they have the names of its
 * flags. Undefined: they cannot be read. https://docs.ray.io/en/latest/serve/llm/
 */
export function readEngineArguments(engine: unknown, model: string, field: string): ServerReading | undefined {
  const words = engine === undefined ? [] : isFields(engine) ? readWords(engine) : undefined;
  if (words === undefined || vllm === undefined) return undefined;
  const line = parseCommandLine([`--model=${model}`, ...words], vllm.table);
  return readLine(vllm, line, { env: noVariables, field });
}

function readWords(engine: Fields): string[] | undefined {
  const words: string[] = [];
  for (const [key, value] of Object.entries(engine)) {
    const own = /^[a-z][a-z0-9_]*$/.test(key) ? toWords(key.replaceAll("_", "-"), value) : undefined;
    if (own === undefined) return undefined;
    words.push(...own);
  }
  return words;
}

function toWords(name: string, value: unknown): string[] | undefined {
  const flag = vllmFlags.flags.get(`--${name}`);
  if (value === null || value === undefined) return [];
  if (typeof value === "boolean") return wordsForSwitch(name, value);
  if (typeof value === "string" || typeof value === "number") return [`--${name}=${value}`];
  if (flag?.arity === "many" && Array.isArray(value))
    return value.every((item) => typeof item === "string" || typeof item === "number")
      ? [`--${name}`, ...value.map(String)]
      : undefined;
  return [`--${name}=${JSON.stringify(value)}`];
}

/** What is off is as good as not there, where the flag has no form that says so. */
function wordsForSwitch(name: string, isOn: boolean): string[] {
  const isSwitch = vllmFlags.flags.get(`--${name}`)?.arity === "none";
  if (!isSwitch) return [`--${name}=${isOn}`];
  if (isOn) return [`--${name}`];
  return vllmFlags.flags.has(`--no-${name}`) ? [`--no-${name}`] : [];
}
