import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import { runScript } from "../shell/run-script.ts";
import { isOpaque, toOpaque } from "../expansion.ts";

/** Arguments that KServe's templates append to the server's, where the object brings no command: https://kserve.github.io/website/docs/model-serving/generative-inference/llmisvc/llmisvc-overview */
const variable = "VLLM_ADDITIONAL_ARGS";

/** A container in which an operator starts a server from a template of its own, with the arguments that the template adds. */
export function addTemplateArguments(container: Container, budget: Budget): Container {
  const { hasCommand, env, words, path } = container;
  const more = hasCommand ? undefined : env.values.get(variable);
  if (more === undefined) return container;
  return { ...container, words: [...words, ...splitArguments(more, toOpaque(`$${variable}`), budget, path)] };
}

/** The words that a template's `eval` makes of such a text. What is not the words of one command may be anything: `unknown` then. */
function splitArguments(text: string, unknown: string, budget: Budget, path: string): readonly string[] {
  if (text.trim() === "") return [];
  if (isOpaque(text)) return [unknown];
  const start = { env: { values: new Map<string, string>(), open: true }, positional: { zero: "sh", args: [] } };
  const { commands, problem } = runScript(`server ${text}`, start, budget, path);
  const [only, ...others] = commands;
  if (problem !== undefined || only === undefined || others.length > 0 || only.splits) return [unknown];
  return only.words.slice(1);
}
