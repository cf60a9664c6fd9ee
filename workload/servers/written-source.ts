import type { CommandLine } from "../flags/command-line.ts";
import { readSource } from "../model-source.ts";
import type { Server } from "./server.ts";
import type { Setting } from "./settings.ts";

/** Where a server's model comes from, with what its spelling says besides. */
export interface WrittenSource {
  /** As {@link readSource} reads it. */
  readonly source: string | undefined;
  readonly quantization: string | undefined;
  readonly problem: string | undefined;
}

const hubFileFlags: ReadonlySet<string> = new Set(["--hf-repo", "LLAMA_ARG_HF_REPO", "the first argument", "--model"]);
const hubFile = /^([\w.-]+\/[\w.-]+):([A-Za-z0-9_.-]+)$/;
const ngcId = /^[\w.-]+\/[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/;
const quantizationOfFile = /(?:^|[-._])((?:I?Q[0-9]|BF16|F16|F32|TQ[0-9]|MXFP4)[A-Z0-9_]*)(?:-\d+-of-\d+)?\.gguf$/i;

/** What the flag or variable that names the model means by its value: a hub's id, a file, an image, an entry of a catalogue. */
export function readWrittenSource(server: Server, { value, by = "" }: Setting, line: CommandLine): WrittenSource {
  const written = { source: value, quantization: undefined, problem: undefined };
  if (value === undefined) return written;
  if (server.files?.includes(by) === true) return { ...written, source: toPath(value, server.takesUris) };
  if (server.dockerHub?.includes(by) === true) return { ...written, source: toDockerHub(value) };
  // NVIDIA's catalogue: organisation, team and model, where others would read a path.
  if (by === "NIM_MODEL_NAME" && ngcId.test(value)) return { ...written, source: `ngc://${value}` };
  return readHubFile(value, by, line);
}

/** `owner/name:quantization` of llama.cpp and vLLM, and llama.cpp's name of a file. https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
function readHubFile(value: string, by: string, { flags }: CommandLine): WrittenSource {
  const [, source = value, tag] = hubFileFlags.has(by) ? (hubFile.exec(value) ?? []) : [];
  const files = flags.filter(({ name }) => name === "--hf-file").map(({ values }) => values[0] ?? "");
  const named = [...(tag === undefined ? [] : [tag]), ...files.map((file) => quantizationOfFile.exec(file)?.[1])];
  const [quantization] = named;
  const differ = new Set(named.map((one) => one?.toUpperCase())).size > 1 || new Set(files).size > 1;
  return { source, quantization, problem: differ ? "two files of the model are named" : undefined };
}

/** A file, although it may be spelled as an id of a hub. */
function toPath(value: string, takesUris = false): string {
  if (takesUris && value.includes("://")) return value;
  return readSource(value).kind === "named" ? `./${value}` : value;
}

/** `[repository/]model[:tag]`: without a repository it is Docker's own. https://docs.docker.com/ai/model-runner/ */
function toDockerHub(value: string): string {
  return `oci://docker.io/${value.includes("/") ? value : `ai/${value}`}`;
}
