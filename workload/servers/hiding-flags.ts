import type { CommandLine, GivenFlag } from "../flags/command-line.ts";
import { findProblemOfJson, splitDotted } from "./json-flags.ts";
import type { Server } from "./server.ts";
import type { Setting } from "./settings.ts";

/** Why a flag of the line makes the model unknown: it changes what is loaded, or brings code. */
export function findHidingFlag({ hides }: Server, { flags }: CommandLine): string | undefined {
  for (const flag of flags) {
    const { name, values } = flag;
    const why = hides[name] ?? hides[splitDotted(name)[0]];
    if (why !== undefined && !isNothing(values)) return `${name} ${why}`;
    const problem = findProblemOfJson(flag) ?? problemOfValue(flag);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfValue({ name, values }: GivenFlag): string | undefined {
  if (isEscaped.test(name) && values.some((value) => value.includes("\\")))
    return `${name} is written with escapes that may hide what it says`;
  if (name === "--distributed-executor-backend" && values.some((value) => value.includes(".")))
    return `${name} brings code from elsewhere`;
  if (/^--(?:speculative-draft-)?load-format$/.test(name) && !loadFormats.has(values[0] ?? ""))
    return `${name} loads the weights from elsewhere`;
  if (isTransfer.test(name) && /module|plugin/i.test(`${name} ${values.join(" ")}`))
    return `${name} brings code from elsewhere`;
  return undefined;
}

const isTransfer = /^--(?:(?:kv|ec)-transfer-config|hicache-storage-backend-extra-config)/;
const isEscaped = isTransfer;

/** Of the model's own files, in whatever format. */
const loadFormats: ReadonlySet<string> = new Set(
  "auto pt safetensors npcache gguf bitsandbytes mistral layered runai_streamer fastsafetensors hf sharded_state".split(
    " ",
  ),
);

function isNothing(values: readonly string[]): boolean {
  return values.length === 1 && (values[0] === "" || values[0] === "{}");
}

/** Where operators put the model. */
const mounted = "/mnt/models";

/** A tokenizer, code or settings of another model than the one that is loaded, or of another revision of it. */
export function findOtherPart(
  { repeats = { model: [], revision: [] }, generation = {} }: Server,
  { flags }: CommandLine,
  model: Setting,
  revision: Setting,
): string | undefined {
  for (const { name, values } of flags) {
    const [value = ""] = values;
    const isPart = repeats.model.includes(name) || generation[name]?.includes(value) === false;
    if (isPart && value !== (model.value ?? mounted)) return `${name} is not the model's own`;
    if (repeats.revision.includes(name) && value !== revision.value) return `${name} is not the model's own revision`;
  }
  return undefined;
}
