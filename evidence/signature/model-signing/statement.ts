import { createHash } from "node:crypto";
import * as z from "zod";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { RegistryError } from "../../../registry/errors.ts";
import { parseListOf } from "../../stop-at-first.ts";
import { SignatureRejection } from "../rejection.ts";
import { rejectIncomparable } from "./files.ts";

/** The type of a statement by which a model is signed. */
export const modelSigningType = "https://model_signing/signature/v1.0";

/** What is signed of a model. */
export interface SignedModel {
  /** Digests by name. */
  readonly files: ReadonlyMap<string, Digest>;
  /** Paths within the model of which nothing is signed. */
  readonly ignored: readonly string[];
}

const outline = z.object({ predicateType: z.string() });

const statement = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.tuple([z.object({ digest: z.object({ sha256: z.string() }) })]),
  predicate: z.object({
    serialization: z.object({
      method: z.string(),
      hash_type: z.string(),
      ignore_paths: parseListOf(z.string()).default([]),
    }),
    resources: parseListOf(z.object({ name: z.string().min(1), algorithm: z.string(), digest: z.string() }), {
      min: 1,
    }),
  }),
});

/**
 * The files that a statement of OpenSSF Model Signing v1.0 lists, each hashed whole by sha256. Throws SignatureRejection for
 * another type, for a statement that is not as specified or whose own digest is not that of its list, and for other hashes.
 * https://github.com/ossf/model-signing-spec
 */
export function readSignedModel(payload: Uint8Array): SignedModel {
  const value = readJson(payload);
  const type = outline.safeParse(value).data?.predicateType;
  if (type !== modelSigningType)
    throw new SignatureRejection(
      "PREDICATE_TYPE_UNKNOWN",
      `what is signed is of type ${show(type)}, not a model's files`,
    );
  const parsed = statement.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(`at ${show(issue?.path.join("."))}: ${issue?.message}`);
  }
  const { serialization, resources } = parsed.data.predicate;
  if (serialization.method !== "files")
    throw rejectIncomparable(`they are signed in ${show(serialization.method)}, not whole`);
  const other = [serialization.hash_type, ...resources.map(({ algorithm }) => algorithm)].find(
    (one) => one !== "sha256",
  );
  if (other !== undefined) throw rejectIncomparable(`they are hashed by ${show(other)}, layers by sha256`);
  checkRoot(parsed.data.subject[0].digest.sha256, resources);
  return { files: listFiles(resources), ignored: serialization.ignore_paths };
}

type Resources = z.infer<typeof statement>["predicate"]["resources"];

function listFiles(resources: Resources): ReadonlyMap<string, Digest> {
  const files = new Map<string, Digest>();
  for (const { name, digest: hex } of resources) {
    const digest = parseDigest(`sha256:${hex}`);
    if (digest === undefined) throw malformed(`the digest of ${show(name)} is not one by sha256`);
    if (files.has(name)) throw malformed(`${show(name)} is listed twice`);
    files.set(name, digest);
  }
  return files;
}

/** The statement's subject is the hash over the files' hashes, in their order. */
function checkRoot(stated: string, resources: Resources): void {
  const hash = createHash("sha256");
  for (const { digest } of resources) hash.update(Buffer.from(digest, "hex"));
  if (hash.digest("hex") !== stated) throw malformed("its subject is not the digest over the files that it lists");
}

function malformed(why: string): SignatureRejection {
  return new SignatureRejection("STATEMENT_MALFORMED", `the model's signature is not as specified: ${why}`);
}

function readJson(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload);
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    throw malformed(cause.message);
  }
}
