import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { lmEvalResults } from "../support/evaluator-files.ts";
import { makeTestKey } from "../support/signatures.ts";
import { startSigstore, tokenOf } from "../support/sigstore.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

jest.setTimeout(60_000);

const results = {
  id: "nightly-7",
  benchmark_id: "mmlu",
  model_name: "granite",
  completed_at: "2026-11-20T08:30:00Z",
  results: [
    { metric_name: "acc,none", metric_value: 0.642, metric_type: "float" },
    { metric_name: "f1", metric_value: "N/A", metric_type: "str" },
  ],
};

let program: Program;
let model: string;
let digest: string;

beforeEach(async () => {
  program = await createProgram();
  await program.write("model/weights.txt", "weights");
  model = await push("model", "--tag", "granite");
  digest = await publish(results);
});
afterEach(() => program.remove());

const push = async (folder: string, ...args: string[]): Promise<string> => {
  const pushed = await program.run("push", folder, "--to", "oci-layout:out", ...args, "-o", "json");
  expect(pushed).toMatchObject({ code: 0 });
  return (JSON.parse(pushed.out) as { digest: string }).digest;
};
const publish = async (...files: object[]): Promise<string> => {
  for (const [at, file] of files.entries()) await program.write(`results/results-${at}.json`, file);
  return push("results", "--tag", "results", "--model-digest", model, "--model", "granite");
};
const claim = ["--claim", "acc,none>=0.62"];
const said = ["--suite-version", "1.0", "--sample-size", "14042"];
const attest = (...args: string[]): Promise<Ran> => program.run("attest", `oci-layout:out@${digest}`, ...args);

describe("attest", () => {
  it("writes what the results prove of the model, in the proposal's form", async () => {
    const { code, out, err } = await attest(...claim, "--claim", "acc,none < 0.6420", ...said);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "granite", digest: { sha256: model.replace("sha256:", "") } }],
      predicateType: "https://in-toto.io/attestation/eval-result/v0.1",
      predicate: {
        verifier: { id: "https://assaygate.dev" },
        evaluatedAt: "2026-11-20T08:30:00Z",
        suite: { name: "mmlu", version: "1.0" },
        claims: [
          { metric: "acc,none", comparator: ">=", threshold: "0.62", passed: true },
          { metric: "acc,none", comparator: "<", threshold: "0.6420", passed: false },
        ],
        sampleSize: 14042,
        assuranceLevel: "self_attested",
        subjectProfile: "public-model",
      },
    });
    const registration = "ab".repeat(32);
    for (const text of [registration, `sha256:${registration}`])
      expect(JSON.parse((await attest(...claim, ...said, "--registration", text)).out)).toMatchObject({
        predicate: { preRegistration: { alg: "sha256", value: registration } },
      });
    expect((await attest(...claim, ...said)).out).toBe((await attest(...claim, ...said)).out);
    // The proposal's reference implementation verifies no statement whose keys are not in order.
    expect(out).toMatch(
      /^\{"_type":.*"predicate":\{"assuranceLevel":.*"verifier":\{"id":.*"predicateType":.*"subject":\[\{"digest":/,
    );
  });

  it.each<[string, string, boolean]>([
    [">=", "acc,none>=0.642", true],
    [">", "acc,none>0.642", false],
    ["<=", "acc,none<=0.642", true],
    ["<", "acc,none<0.642", false],
    ["a negative bar", "acc,none > -1", true],
  ])("compares by %s", async (_, text, passed) => {
    const { out } = await attest("--claim", text, ...said);
    expect(JSON.parse(out)).toMatchObject({ predicate: { claims: [{ passed }] } });
  });

  it("is about one of several benchmarks", async () => {
    digest = await publish(results, { ...results, benchmark_id: "gsm8k" });
    expect(await attest(...claim, ...said)).toMatchObject({
      code: 2,
      err: expect.stringContaining("--benchmark (mmlu, gsm8k)"),
    });
    const { out } = await attest(...claim, ...said, "--benchmark", "gsm8k");
    expect(JSON.parse(out)).toMatchObject({ predicate: { suite: { name: "gsm8k" } } });
  });

  it("takes version and samples from the results where they say them, and lets nobody say otherwise", async () => {
    digest = await publish(lmEvalResults({ model_name: "granite" }));
    const args = [...claim, "--benchmark", "mmlu"];
    const { out } = await attest(...args);
    expect(JSON.parse(out)).toMatchObject({ predicate: { suite: { name: "mmlu", version: "1" }, sampleSize: 100 } });
    expect(await attest(...args, "--sample-size", "14042")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--sample-size 14042: the results say 100"),
    });
  });

  it("states results of a limited run only where that is asked for", async () => {
    digest = await publish(
      lmEvalResults({
        model_name: "granite",
        "n-samples": { mmlu: { original: 100, effective: 10 }, gsm8k: { original: 20, effective: 20 } },
      }),
    );
    const args = [...claim, "--benchmark", "mmlu"];
    expect(await attest(...args)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("--allow-incomplete"),
    });
    const { out } = await attest(...args, "--allow-incomplete");
    expect(JSON.parse(out)).toMatchObject({ predicate: { sampleSize: 10 } });
  });

  it.each<[string, readonly string[], RegExp]>([
    ["without a claim", said, /attest needs --claim/],
    [
      "with a registration that is no hash",
      [...claim, ...said, "--registration", "AB"],
      /--registration AB: expected a sha256/,
    ],
    ["with a claim without a bar", ["--claim", "acc,none", ...said], /expected a metric, one of >=/],
    ["with a bar of another form", ["--claim", "acc,none>=6e-1", ...said], /expected a metric, one of >=/],
    ["with two comparators", ["--claim", "acc,none>>=1", ...said], /expected a metric, one of >=/],
    ["about a metric that is not there", ["--claim", "acc>=0.6", ...said], /mmlu has no metric acc: it has acc,none/],
    ["about a metric that is no number", ["--claim", "f1>=0.6", ...said], /mmlu has no metric f1/],
    [
      "about another benchmark",
      [...claim, ...said, "--benchmark", "arc"],
      /no results of benchmark arc: there are mmlu/,
    ],
    [
      "where nothing says the version",
      [...claim, "--sample-size", "1"],
      /do not say the version of the benchmark: give --suite-v/,
    ],
    [
      "where nothing says the samples",
      [...claim, "--suite-version", "1"],
      /do not say over how many samples it is: give --sample-s/,
    ],
    [
      "with samples that are no number",
      [...claim, "--suite-version", "1", "--sample-size", "many"],
      /expected a whole number/,
    ],
    ["with a signature and no model", [...claim, ...said, "--sign", "own.key"], /name it with --model-image/],
    [
      "about another model than the results'",
      [...claim, ...said, "--model-image", `oci-layout:out@sha256:${"0".repeat(64)}`],
      /has the digest sha256:0{64}, and the results are about sha256:/,
    ],
  ])("writes nothing %s", async (_, args, words) => {
    expect(await attest(...args)).toEqual({ code: 2, out: "", err: expect.stringMatching(words) });
  });

  it.each<[string, object, RegExp]>([
    ["a time", { ...results, completed_at: undefined }, /do not say when the evaluation ended/],
    [
      "a time that is one",
      { ...results, completed_at: "yesterday" },
      /do not say when the evaluation ended|malformed|time/,
    ],
    ["results", { any: "thing" }, /holds no results that are read/],
  ])("writes nothing without %s", async (_, file, words) => {
    digest = await publish(file);
    expect(await attest(...claim, ...said)).toEqual({ code: 2, out: "", err: expect.stringMatching(words) });
  });

  it("says that there are no such results, and which model is not named", async () => {
    const gone = await program.run("attest", `oci-layout:out@sha256:${"0".repeat(64)}`, ...claim, ...said);
    expect(gone).toMatchObject({ code: 1, out: "", err: expect.stringContaining("sha256:0000") });
    digest = await push("results", "--tag", "nameless");
    expect(await attest(...claim, ...said)).toMatchObject({
      code: 2,
      err: expect.stringContaining("give --model-image"),
    });
  });
});

describe("attest --sign", () => {
  const image = (): string[] => ["--model-image", `oci-layout:out@${model}`];
  const attached = (out: string): string | undefined => /^statement: +(sha256:[0-9a-f]{64})$/m.exec(out)?.[1];

  it("attaches the statement to the model, once by each key, and another statement besides", async () => {
    const key = makeTestKey("P-256");
    await program.write("own.key", key.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const first = await attest(...claim, ...said, ...image(), "--sign", "own.key");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect((await attest(...claim, ...said, ...image(), "--sign", "own.key")).out).toBe(first.out);
    const other = await attest("--claim", "acc,none>=0.6", ...said, ...image(), "--sign", "own.key");
    expect(attached(other.out)).not.toBe(attached(first.out));
    const shown = await program.run("inspect", `oci-layout:out@${attached(first.out)}`);
    expect(shown.out).toContain("kind: attestation");
    expect(shown.out).toContain(`about: ${model}`);
    // A statement about the model does not vouch for it.
    await program.write("own.pub", key.pem);
    expect(await program.run("verify", `oci-layout:out@${model}`, "--key", "own.pub")).toMatchObject({ code: 1 });
  });

  it("signs without a key, once for each identity", async () => {
    await using sigstore = await startSigstore();
    await program.write("signing.json", sigstore.signingConfig);
    await program.write("root.json", sigstore.trustedRoot);
    const files = ["--signing-config", "signing.json", "--trusted-root", "root.json", "--sign", "keyless"];
    const run = async (who: string): Promise<Ran> => {
      const env = { SIGSTORE_ID_TOKEN: tokenOf("https://gitlab.com", `https://gitlab.com/acme/${who}`) };
      const args = ["attest", `oci-layout:out@${digest}`, ...claim, ...said, ...image(), ...files];
      return program.runWith({ env, now: () => new Date() }, ...args);
    };
    const first = await run("evals");
    expect(first).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringContaining("signed by:  https://gitlab.com/acme/evals"),
    });
    expect((await run("evals")).out).toBe(first.out);
    sigstore.misbehaviour.set("rekor", "closed");
    const other = await run("other");
    expect(other).toMatchObject({ code: 3, out: "", err: expect.stringContaining("nothing was attached") });
  });
});
