import { createHash } from "node:crypto";
import { artifactOf, type BuiltArtifact, type Json } from "./artifacts.ts";

type Files = Readonly<Record<string, string>>;

/** The files of a small model. */
export const modelFiles: Files = { "config.json": "{}", "weights.safetensors": "w1", "tokenizer/vocab.json": "[]" };

/** A model whose files are layers as they are; `layer` and `manifest` override fields. */
export function modelArtifact(files: Files = modelFiles, layer: Json = {}, manifest: Json = {}): BuiltArtifact {
  const layers = Object.entries(files).map(([name, content]) => ({
    bytes: Buffer.from(content),
    mediaType: "application/octet-stream",
    annotations: { "org.opencontainers.image.title": name },
    ...layer,
  }));
  return artifactOf(layers, { artifactType: "application/vnd.example.model", ...manifest });
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The statement by which model_signing signs these files; `serialization` and `over` replace fields. */
export function modelStatement(files: Files = modelFiles, serialization: Json = {}, over: Json = {}): Json {
  const resources = Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => ({ name, algorithm: "sha256", digest: sha256(content) }));
  return statementOf(resources, serialization, over);
}

/** The same, of resources as they are given. */
export function statementOf(
  resources: readonly { readonly digest: string }[],
  serialization: Json = {},
  over: Json = {},
): Json {
  const root = sha256(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, "hex"))));
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "sable", digest: { sha256: root } }],
    predicateType: "https://model_signing/signature/v1.0",
    predicate: {
      serialization: {
        method: "files",
        hash_type: "sha256",
        allow_symlinks: false,
        ignore_paths: [".git", ".gitattributes", ".github", ".gitignore", "model.sig"],
        ...serialization,
      },
      resources,
    },
    ...over,
  };
}
