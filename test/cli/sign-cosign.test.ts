import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { makeTestKey } from "../support/signatures.ts";
import { startSigstore, tokenOf, type TestSigstore } from "../support/sigstore.ts";
import {
  sigstorePrograms,
  startSigstoreServices,
  workflow,
  type SigstoreServices,
} from "../support/sigstore-services.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

const issuer = "https://gitlab.example.com";
const identity = "https://gitlab.example.com/acme/evals//.gitlab-ci.yml@refs/heads/main";
const evalResult = "https://in-toto.io/attestation/eval-result/v0.1";

/** What a push warns of is in push-says.test.ts. */
const onlyWarnings = /^(?:assaygate: warning: .*\n)*$/;

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
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(onlyWarnings) });
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

  it("accepts a revocation, with a key and without, of this digest and by nobody else", async () => {
    const wrong = await push("wrong", "--annotation", "wrong=1");
    const key = makeTestKey("P-256");
    await program.write("revoker.key", key.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await program.write("revoker.pub", key.pem);
    await program.write("stranger.pub", makeTestKey("P-256").pem);
    const byKey = (file: string): string[] => ["--key", file, "--insecure-ignore-tlog", "--new-bundle-format=true"];
    const type = ["--type", "https://assaygate.dev/revocation/v1"];
    const args = ["revoke", wrong, "--reason", "the test set was in the training data"];
    expect(await run(...args, "--sign", "revoker.key")).toMatchObject({ code: 0, err: "" });
    const { stdout } = await cosign("verify-attestation", ...byKey("revoker.pub"), ...type, wrong);
    const statement: unknown = JSON.parse(
      Buffer.from((JSON.parse(stdout) as { payload: string }).payload, "base64").toString(),
    );
    expect(statement).toMatchObject({
      subject: [{ digest: { sha256: wrong.split("@sha256:")[1] } }],
      predicate: { reason: "the test set was in the training data" },
    });
    await expect(cosign("verify-attestation", ...byKey("stranger.pub"), ...type, wrong)).rejects.toThrow(/verif/);
    await expect(cosign("verify-attestation", ...by(identity), ...type, wrong)).rejects.toThrow(/no matching|verif/);
    expect(await run(...args, ...files)).toMatchObject({ code: 0, err: "", out: expect.stringContaining(identity) });
    await cosign("verify-attestation", ...by(identity), ...type, wrong);
    expect((await run(...args, ...files)).out).toContain("nothing was added");
  });
});

describeWith(["docker-registry", "cosign", ...sigstorePrograms], "a real Fulcio, Rekor and timestamp authority", () => {
  jest.setTimeout(120_000);
  let registry: DockerRegistry;
  let sigstore: SigstoreServices;
  let program: Program;
  let pushed: string;

  beforeAll(async () => {
    [registry, sigstore] = await Promise.all([startDockerRegistry(), startSigstoreServices()]);
    program = await createProgram();
    await program.write("signing.json", sigstore.signingConfig);
    await program.write("root.json", sigstore.trustedRoot);
    await program.write("results/results.json", { any: "thing" });
    const to = `${registry.host}/acme/evals`;
    const { out } = await program.run("push", "results", "--to", `${to}:v1`, "--plain-http", "-o", "json");
    pushed = `${to}@${(JSON.parse(out) as { digest: string }).digest}`;
  }, 120_000);
  afterAll(async () => {
    await program?.remove();
    await sigstore?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  const sign = (token: string): Promise<Ran> => {
    const args = ["sign", pushed, "--plain-http", "--signing-config", "signing.json", "--trusted-root", "root.json"];
    return program.runWith({ env: { SIGSTORE_ID_TOKEN: token }, now: () => new Date() }, ...args);
  };
  const cosign = (...args: string[]): Promise<unknown> =>
    promisify(execFile)(componentPath("cosign"), [...args, "--allow-http-registry"], {
      cwd: program.folder,
      env: { PATH: process.env["PATH"], HOME: program.folder },
      timeout: 60_000,
    });
  const referrers = async (): Promise<number> => {
    const [host = "", digest = ""] = pushed.split("/acme/evals@");
    const url = `http://${host}/v2/acme/evals/manifests/${digest.replace(":", "-")}`;
    const accept = "application/vnd.oci.image.index.v1+json";
    const list = (await (await fetch(url, { headers: { accept } })).json()) as { manifests?: unknown[] };
    return list.manifests?.length ?? 0;
  };

  it("take no token of another audience, of another issuer, or that somebody else signed, and nothing is attached", async () => {
    const forged = `${sigstore.makeToken().split(".").slice(0, 2).join(".")}.${sigstore.makeToken({ sub: "x" }).split(".")[2]}`;
    for (const token of [
      sigstore.makeToken({ aud: "vault" }),
      sigstore.makeToken({ iss: "https://other.example" }),
      forged,
    ]) {
      const ran = await sign(token);
      expect(ran).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringMatching(/certificate authority \S+ answered 4\d\d/),
      });
      expect(ran.err).not.toContain(token);
    }
    expect(await referrers()).toBe(0);
  });

  it("certify, record and timestamp what the gate's verifier accepts, once for each workflow", async () => {
    const named = `https://github.com/${workflow}`;
    const first = await sign(sigstore.makeToken());
    expect(first).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringContaining(`signed by:  ${named}\nissuer:     ${sigstore.issuer}`),
    });
    expect((await sign(sigstore.makeToken())).out).toBe(first.out);
    expect(await referrers()).toBe(1);
    const signatures = { trustedRoot: join(program.folder, "root.json") };
    await program.write("config.yaml", { policies: { directory: "." }, signatures });
    const who = ["--certificate-oidc-issuer", sigstore.issuer, "--certificate-identity", named];
    const verified = await program.run("verify", pushed, "--plain-http", "--config", "config.yaml", ...who);
    expect(verified).toMatchObject({ code: 0, err: "" });
    await cosign("verify", "--trusted-root=root.json", "--new-bundle-format=true", ...who, pushed);
    const other = [...who.slice(0, -1), `${named}x`];
    await expect(cosign("verify", "--trusted-root=root.json", ...other, pushed)).rejects.toThrow(
      /no matching CertificateIdentity found/,
    );
  });

  it("attach nothing when the log is down", async () => {
    await sigstore.stop("rekor");
    const ran = await sign(
      sigstore.makeToken({ job_workflow_ref: "acme/other/.github/workflows/x.yml@refs/heads/main" }),
    );
    expect(ran).toMatchObject({
      code: 3,
      out: "",
      err: expect.stringMatching(/transparency log \S+ connection refused; nothing was attached/),
    });
    expect(await referrers()).toBe(1);
  });
});
