import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { makeTestKey } from "../support/signatures.ts";
import { startSigstore, tokenOf, type TestSigstore } from "../support/sigstore.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

const issuer = "https://gitlab.example.com";
const identity = "https://gitlab.example.com/acme/evals//.gitlab-ci.yml@refs/heads/main";
const evalResult = "https://in-toto.io/attestation/eval-result/v0.1";

describeWith(["docker-registry", "cosign"], "the real cosign, as verifier of what is signed without a key", () => {
  jest.setTimeout(60_000);
  let registry: DockerRegistry;
  let sigstore: TestSigstore;
  let program: Program;

  beforeAll(async () => {
    [registry, sigstore] = await Promise.all([startDockerRegistry(), startSigstore()]);
    program = await createProgram();
    await program.write("signing.json", sigstore.signingConfig);
    await program.write("root.json", sigstore.trustedRoot);
    await program.write("results/results.json", {
      benchmark_id: "mmlu",
      completed_at: "2026-11-20T08:30:00Z",
      results: [{ metric_name: "acc", metric_value: 0.64, metric_type: "float" }],
    });
  }, 60_000);
  afterAll(async () => {
    await program?.remove();
    await sigstore?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  const files = ["--signing-config", "signing.json", "--trusted-root", "root.json"];
  const run = (...args: string[]): Promise<Ran> => {
    const env = { SIGSTORE_ID_TOKEN: tokenOf(issuer, identity) };
    return program.runWith({ env, now: () => new Date() }, ...args, "--plain-http");
  };
  const push = async (tag: string, ...args: string[]): Promise<string> => {
    const to = `${registry.host}/acme/evals`;
    const { code, out, err } = await run("push", "results", "--to", `${to}:${tag}`, ...args, "-o", "json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return `${to}@${(JSON.parse(out) as { digest: string }).digest}`;
  };
  const cosign = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    promisify(execFile)(componentPath("cosign"), [...args, "--allow-http-registry"], {
      cwd: program.folder,
      env: { PATH: process.env["PATH"], HOME: program.folder },
      timeout: 60_000,
    });
  const by = (who: string): string[] => [
    "--trusted-root=root.json",
    "--new-bundle-format=true",
    `--certificate-oidc-issuer=${issuer}`,
    `--certificate-identity=${who}`,
  ];

  it("accepts what push and sign attach, for this identity and this digest alone", async () => {
    const pushed = await push("v1", "--sign", "keyless", ...files);
    await cosign("verify", ...by(identity), pushed);
    await expect(cosign("verify", ...by(`${identity}x`), pushed)).rejects.toThrow(
      /no matching CertificateIdentity found/,
    );
    const later = await push("v2", "--annotation", "a=b");
    await expect(cosign("verify", ...by(identity), later)).rejects.toThrow(/no signatures found|no matching/);
    expect(await run("sign", later, ...files)).toMatchObject({ code: 0, err: "" });
    await cosign("verify", ...by(identity), later);
  });

  it("accepts a statement that attest attaches, with a key and without", async () => {
    const model = await push("model", "--annotation", "model=1");
    const results = await push("results", "--model-image", model);
    const args = [
      "attest",
      results,
      "--claim",
      "acc>=0.6",
      "--suite-version",
      "1",
      "--sample-size",
      "9",
      "--model-image",
      model,
    ];
    const key = makeTestKey("P-256");
    await program.write("own.key", key.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await program.write("own.pub", key.pem);
    expect(await run(...args, "--sign", "own.key")).toMatchObject({ code: 0, err: "" });
    const byKey = ["--key", "own.pub", "--insecure-ignore-tlog", "--new-bundle-format=true"];
    const { stdout } = await cosign("verify-attestation", ...byKey, "--type", evalResult, model);
    expect(Buffer.from((JSON.parse(stdout) as { payload: string }).payload, "base64").toString()).toContain(
      '"sampleSize":9',
    );
    expect(await run(...args, "--sign", "keyless", ...files)).toMatchObject({ code: 0, err: "" });
    await cosign("verify-attestation", ...by(identity), "--type", evalResult, model);
  });
});
