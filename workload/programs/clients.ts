/*
 * Programs that may load a model themselves, or only talk to a server that somebody else runs: their arguments tell.
 */

/** Whether a command of this kind only talks to a server. Undefined: it is not of a kind that is known here. */
export function isClient(words: readonly string[]): boolean | undefined {
  const [program = "", first = ""] = words;
  if (program === "lm_eval" || program === "lm-eval") return usesEndpoint(words, lmEvalEndpoints);
  if (program === "vllm" && first === "bench")
    return words[2] === "serve" && !brings.test(words.join("\n")) ? true : undefined;
  if (program === "vllm" && (first === "chat" || first === "complete" || first === "collect-env")) return true;
  if (program === "ray") return rayCommands.has(first) && !words.some((word) => /^\0|^--(?:trac|autos|sys)/.test(word));
  return undefined;
}

/** A tokenizer that brings code, and files of results, in any spelling. */
const brings = /^(?:\0|--(?:tru|res|outp|plo|conf))/m;

/** https://github.com/EleutherAI/lm-evaluation-harness/tree/main/lm_eval/models : backends that call an API. */
const lmEvalEndpoints: ReadonlySet<string> = new Set([
  "local-completions",
  "local-chat-completions",
  "openai-completions",
  "openai-chat-completions",
  "anthropic-chat-completions",
  "anthropic-completions",
  "textsynth",
  "dummy",
]);

const rayCommands: ReadonlySet<string> = new Set([
  "start",
  "stop",
  "status",
  "health-check",
  "--version",
  "memory",
  "logs",
  "summary",
  "list",
]);

/** With tasks of one's own, or a tokenizer that brings some, it runs code; of two backends the last counts; results are files. */
const otherEvaluation = /^(?:--inc|--tasks=.*[/\0]|--conf|-C|-[mM].|--use_cache=|--outp|-o|\0)|trust/;

function usesEndpoint(words: readonly string[], backends: ReadonlySet<string>): boolean | undefined {
  if (words.some((word) => otherEvaluation.test(word))) return undefined;
  if (words.some((word, at) => /^(?:--tasks?|-t)$/.test(words[at - 1] ?? "") && /[/\0]/.test(word))) return undefined;
  const values = words.flatMap((word, at) => {
    if (word === "--model" || word === "-m" || word === "-M") return [words[at + 1] ?? ""];
    return word.startsWith("--model=") ? [word.slice("--model=".length)] : [];
  });
  return values.length === 1 && backends.has(values[0] ?? "") ? true : undefined;
}
