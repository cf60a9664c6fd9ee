import { execFile } from "node:child_process";
import { generateKeyPair, randomBytes } from "node:crypto";
import { readFile, symlink, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startOlareg } from "../support/olareg.ts";
import { makeTestKey } from "../support/signatures.ts";
import { Collector, createProgram, type Program, type Ran } from "./program.ts";

jest.setTimeout(60_000);

let program: Program;
beforeEach(async () => {
  program = await createProgram();
  await program.write("results/results.json", { accuracy: 0.64 });
  await program.write("results/logs/a.txt", "one line\n");
});
afterEach(() => program.remove());

const named = ["--job", "j", "--benchmark", "b"];
/** What it warns of is in push-says.test.ts. */
const push = async (...args: string[]): Promise<Ran> => {
  const ran = await program.run("push", "results", ...args);
  return { ...ran, err: ran.err.replaceAll(/^assaygate: warning: .*\n/gm, "") };
};
const pushed = async (...args: string[]): Promise<Published> => {
  const ran = await push(...args, "-o", "json");
  expect(ran).toMatchObject({ code: 0, err: "" });
  return JSON.parse(ran.out) as Published;
};

interface Published {
  readonly reference: string;
  readonly tag: string;
  readonly digest: string;
  readonly signature?: string;
  readonly layers: readonly { readonly name: string; readonly size: number }[];
}

describe("push into a layout", () => {
  it("prints reference, digest and the annotation, and names it as EvalHub does", async () => {
    const { code, out, err } = await push("--to", "oci-layout:out", ...named, "--model", "granite");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const digest = /^digest: +(sha256:[0-9a-f]{64})$/m.exec(out)?.[1];
    expect(out).toBe(`reference:  oci-layout:out@${digest}
digest:     ${digest}

Annotate the workload, or its pod template, with:
  assaygate.dev/evaluation: ${digest}
`);
    const tag = "evalhub-364dd5fdae157a6fc5eaccfa0746bf16d5b9018fc308ff7315d32ab69ebabfda";
    const shown = await program.run("inspect", `oci-layout:out:${tag}`);
    expect(shown.out).toMatch(/^modelName +granite {2}\(dev\.assaygate\.model\.name\)$/m);
    expect(shown.out).toMatch(/^createdAt +2026-11-20T12:00:00Z/m);
    expect(await program.run("verify", `oci-layout:out@${digest}`)).toMatchObject({ code: 0 });
  });

  it("writes what pull reads back", async () => {
    const content = randomBytes(3_000_000);
    await writeFile(join(program.folder, "results", "big.bin"), content);
    await program.write("results/empty", "");
    const { digest } = await pushed("--to", "oci-layout:out:v1", "--reproducible");
    expect(await program.run("pull", `oci-layout:out@${digest}`, "-o", "back")).toMatchObject({ code: 0, err: "" });
    expect(content.equals(await readFile(join(program.folder, "back/big.bin")))).toBe(true);
    expect(await readFile(join(program.folder, "back/logs/a.txt"), "utf8")).toBe("one line\n");
    expect(await readFile(join(program.folder, "back/empty"), "utf8")).toBe("");
  });

  it("gives the same digest twice when it is to be reproducible, and another one otherwise", async () => {
    const same = ["--to", "oci-layout:out", ...named, "--reproducible"];
    expect((await pushed(...same)).digest).toBe((await pushed(...same)).digest);
    const later = { now: () => new Date("2027-01-01T00:00:00Z") };
    const one = await program.run("push", "results", "--to", "oci-layout:out", ...named);
    const other = await program.runWith(later, "push", "results", "--to", "oci-layout:out", ...named);
    expect(one.out).not.toBe(other.out);
    const epoch = { env: { SOURCE_DATE_EPOCH: "1700000000" } };
    await program.runWith(epoch, "push", "results", ...same.slice(0, 2), "--tag", "epoch", "--reproducible");
    const shown = await program.run("inspect", "oci-layout:out:epoch");
    expect(shown.out).toMatch(/^createdAt +2023-11-14T22:13:20Z/m);
  });

  it("takes annotations from a file, from options, which win, and one by one", async () => {
    await program.write(
      "about.yaml",
      'model: granite\nmodel-version: "3.1"\ncompliance-tags: [eu-ai-act, hipaa]\ncom.example.team: ml\n',
    );
    const options = ["--annotations", "about.yaml", "--model-version", "3.2", "--annotation", "com.example.x=a=b"];
    const { digest } = await pushed("--to", "oci-layout:out", ...named, ...options);
    const blob = join(program.folder, "out/blobs/sha256", digest.replace("sha256:", ""));
    expect(JSON.parse(await readFile(blob, "utf8"))).toMatchObject({
      annotations: {
        "io.github.eval-hub.job_id": "j",
        "io.github.eval-hub.benchmark_id": "b",
        "dev.assaygate.model.name": "granite",
        "dev.assaygate.model.version": "3.2",
        "dev.assaygate.compliance.tags": "eu-ai-act,hipaa",
        "com.example.team": "ml",
        "com.example.x": "a=b",
      },
    });
  });

  it("makes the model its subject where the model can be read, and says so where it cannot", async () => {
    const model = await pushed("--to", "oci-layout:models:granite", "--tag", "granite");
    const image = ["--model-image", `oci-layout:models@${model.digest}`];
    const { digest } = await pushed("--to", "oci-layout:out", ...named, ...image);
    const shown = await program.run("inspect", `oci-layout:out@${digest}`);
    expect(shown.out).toContain(`about: ${model.digest}`);
    expect(shown.out).toMatch(new RegExp(`^modelDigest +${model.digest}`, "m"));
    const alone = await push("--to", "oci-layout:out", ...named, "--model-digest", model.digest);
    expect(alone).toMatchObject({ code: 0, err: expect.stringContaining("--model-image") });
  });

  it("keeps what others put into the index, and moves a tag", async () => {
    const first = await pushed("--to", "oci-layout:out:a");
    await program.write("results/results.json", { accuracy: 0.1 });
    const second = await pushed("--to", "oci-layout:out:a");
    await pushed("--to", "oci-layout:out:b");
    const index = JSON.parse(await readFile(join(program.folder, "out/index.json"), "utf8")) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    const tags = index.manifests.map(({ digest, annotations }) => [
      annotations["org.opencontainers.image.ref.name"],
      digest === first.digest ? "first" : digest === second.digest ? "second" : "third",
    ]);
    expect(tags).toEqual([
      ["a", "second"],
      ["b", "second"],
    ]);
  });

  it("signs, so that verify accepts its key and no other", async () => {
    const [own, other] = [makeTestKey("P-256"), makeTestKey("P-256")];
    await program.write("own.key", own.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await program.write("own.pub", own.pem);
    await program.write("other.pub", other.pem);
    const { digest } = await pushed("--to", "oci-layout:out", ...named, "--sign", "own.key");
    const verify = (key: string): Promise<Ran> => program.run("verify", `oci-layout:out@${digest}`, "--key", key);
    expect(await verify("own.pub")).toMatchObject({ code: 0 });
    expect(await verify("other.pub")).toMatchObject({ code: 1 });
  });

  it("signs the same once, however often it is pushed", async () => {
    await program.write("own.key", makeTestKey().privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const args = ["--to", "oci-layout:out", ...named, "--reproducible", "--sign", "own.key"];
    const first = await pushed(...args);
    for (let night = 0; night < 3; night++) expect((await pushed(...args)).signature).toBe(first.signature);
    const { manifests } = JSON.parse(await readFile(join(program.folder, "out", "index.json"), "utf8")) as {
      manifests: unknown[];
    };
    expect(manifests).toHaveLength(2);
  });

  it("draws a bar on a terminal, and nothing anywhere else", async () => {
    const err = Object.assign(new Collector(), { isTTY: true, columns: 80 });
    await program.runWith({ err }, "push", "results", "--to", "oci-layout:out", ...named);
    expect(err.text).toContain("100 %, 2 of 2 files");
  });

  it("refuses more files than a gate reads, unless told", async () => {
    for (let at = 0; at < 70; at++) await program.write(`results/samples/${at}.json`, {});
    const to = ["--to", "oci-layout:out", ...named];
    expect(await push(...to)).toMatchObject({ code: 2, err: expect.stringContaining("72 files: a gate reads") });
    const { digest } = await pushed(...to, "--allow-many-files");
    expect(await program.run("pull", `oci-layout:out@${digest}`, "-o", "back")).toMatchObject({ code: 0 });
  });

  it.each([
    ["no destination", [...named], "push needs --to"],
    ["no name", ["--to", "oci-layout:out"], "--job and --benchmark, or --tag"],
    ["half a name", ["--to", "oci-layout:out", "--job", "j"], "--job and --benchmark go together"],
    ["a digest", ["--to", `quay.io/a/b@sha256:${"0".repeat(64)}`, ...named], "takes no digest"],
    ["no host", ["--to", "acme/evals", ...named], "registry host"],
    ["a bad tag", ["--to", "quay.io/a/b:-x"], "a tag is made of"],
    ["a bad digest", ["--to", "oci-layout:out", ...named, "--model-digest", "sha256:1"], "dev.assaygate.model.digest"],
    ["a bad time", ["--to", "oci-layout:out", ...named, "--created", "yesterday"], "RFC 3339"],
    ["a key that is none", ["--to", "oci-layout:out", ...named, "--sign", "results/results.json"], "cannot be read"],
    ["MLflow for a layout", ["--to", "oci-layout:out", ...named, "--mlflow-run", "0a1b2c3d"], "needs a registry"],
  ])("ends with 2 for %s, and writes nothing", async (_, args, message) => {
    expect(await push(...args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
    await expect(readFile(join(program.folder, "out/index.json"))).rejects.toThrow("ENOENT");
  });

  it.each([
    ["of a kind that nobody verifies", () => makePem("secp256k1"), "keys of this kind are not supported"],
    ["that cosign did not write so", () => Promise.resolve(cosignLike({ nonce: "AAAA" })), "cannot be read"],
  ])("ends with 2 for a key %s, and writes nothing", async (_, make, message) => {
    await program.write("odd.key", await make());
    const args = ["push", "results", "--to", "oci-layout:out", ...named, "--sign", "odd.key"];
    const ran = await program.runWith({ env: { COSIGN_PASSWORD: "x" } }, ...args);
    expect(ran).toMatchObject({ code: 2, out: "", err: expect.stringContaining(message) });
    await expect(readFile(join(program.folder, "out/index.json"))).rejects.toThrow("ENOENT");
  });

  it("refuses a folder that holds something other than a layout", async () => {
    await mkdir(join(program.folder, "out"));
    await writeFile(join(program.folder, "out/thesis.txt"), "x");
    expect(await push("--to", "oci-layout:out", ...named)).toMatchObject({
      code: 2,
      err: expect.stringContaining("is not an OCI image layout"),
    });
  });

  it("refuses a link that leaves the folder", async () => {
    await symlink("/etc/hostname", join(program.folder, "results/x"));
    expect(await push("--to", "oci-layout:out", ...named)).toMatchObject({
      code: 2,
      err: expect.stringContaining("x is a link that leaves the folder"),
    });
  });
});

const oras = async (...args: string[]): Promise<string> => {
  const options = { cwd: program.folder, timeout: 60_000 };
  return (await promisify(execFile)(componentPath("oras"), args, options)).stdout;
};

/** One that keeps the tag of referrers, and one that lists them. */
const registries = [
  ["docker-registry", startDockerRegistry],
  ["olareg", startOlareg],
] as const;

describe.each(registries)("push into %s", (component, start) => {
  describeWith([component, "oras"], "as oras sees it", () => {
    let registry: DockerRegistry;
    beforeAll(async () => {
      registry = await start();
    }, 60_000);
    afterAll(() => registry.stop());

    it("oras reads it: manifest, files and referrers", async () => {
      const read = (file: string): Promise<Buffer> => readFile(join(program.folder, file));
      await writeFile(join(program.folder, "results", "big.bin"), randomBytes(3_000_000));
      const to = `${registry.host}/acme/evals`;
      const model = await pushed("--to", `${to}:model`, "--plain-http");
      const about = ["--model-digest", model.digest];
      const { digest, reference, tag, layers } = await pushed("--to", to, "--plain-http", ...named, ...about);
      expect(reference).toBe(`${to}:${tag}@${digest}`);
      expect(layers.map(({ name }) => name)).toEqual(["big.bin", "logs/a.txt", "results.json"]);
      const manifest = JSON.parse(await oras("manifest", "fetch", "--plain-http", `${to}:${tag}`)) as object;
      expect(manifest).toMatchObject({ subject: { digest: model.digest } });
      const discovered = await oras("discover", "--plain-http", "--format", "json", `${to}@${model.digest}`);
      expect(discovered).toContain(digest);
      await oras("pull", "--plain-http", `${to}@${digest}`, "-o", "by-oras");
      expect(await program.run("pull", `${to}@${digest}`, "--plain-http", "-o", "back")).toMatchObject({ code: 0 });
      for (const { name } of layers) {
        const archive = join(program.folder, "by-oras", `${name}.tar.gz`);
        await promisify(execFile)("tar", ["-xzf", archive, "-C", program.folder, "--one-top-level=unpacked"]);
        const original = await read(`results/${name}`);
        for (const copy of ["unpacked", "back"])
          expect([copy, name, original.equals(await read(`${copy}/${name}`))]).toEqual([copy, name, true]);
      }
    });

    it("may be repeated each night, and stays at one signature for each key", async () => {
      const key = makeTestKey("P-256");
      await program.write("own.key", key.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
      await program.write("own.pub", key.pem);
      const args = [
        "--to",
        `${registry.host}/acme/twice`,
        "--plain-http",
        ...named,
        "--reproducible",
        "--sign",
        "own.key",
      ];
      const first = await pushed(...args);
      const second = await pushed(...args);
      expect([second.digest, second.signature]).toEqual([first.digest, first.signature]);
      await program.write(
        "own.key",
        makeTestKey("P-384").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      );
      const other = await pushed(...args);
      expect(other.signature).not.toBe(first.signature);
      const ref = `${registry.host}/acme/twice@${first.digest}`;
      const discovered = await oras("discover", "--plain-http", "--format", "json", ref);
      const found = new Set(discovered.match(/sha256:[0-9a-f]{64}/g));
      expect(found).toEqual(new Set([first.signature, other.signature]));
      expect(await program.run("verify", ref, "--plain-http", "--key", "own.pub")).toMatchObject({ code: 0 });
    });
  });
});

describeWith(["docker-registry", "oras", "cosign", "eval-hub-sdk"], "push into a real registry", () => {
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  }, 60_000);
  afterAll(() => registry.stop());

  it("signs with a key of cosign's own, so that cosign accepts it, and says when the password is wrong", async () => {
    const run = async (...args: string[]): Promise<unknown> => {
      const env = { PATH: process.env["PATH"], HOME: program.folder, COSIGN_PASSWORD: "hunter2" };
      return promisify(execFile)(componentPath("cosign"), args, { cwd: program.folder, env, timeout: 60_000 });
    };
    await run("generate-key-pair");
    const args = ["push", "results", "--to", `${registry.host}/acme/signed`, "--plain-http", ...named];
    const signing = [...args, "--sign", "cosign.key", "-o", "json"];
    expect(await program.run(...signing)).toMatchObject({ code: 2, err: expect.stringContaining("COSIGN_PASSWORD") });
    expect(await program.runWith({ env: { COSIGN_PASSWORD: "x" } }, ...signing)).toMatchObject({ code: 2, out: "" });
    const { code, out } = await program.runWith({ env: { COSIGN_PASSWORD: "hunter2" } }, ...signing);
    expect(code).toBe(0);
    const { digest } = JSON.parse(out) as Published;
    const verifying = ["--key", "cosign.pub", "--insecure-ignore-tlog", "--new-bundle-format=true"];
    await run("verify", ...verifying, "--allow-http-registry", `${registry.host}/acme/signed@${digest}`);
  });

  it("writes the artifact that the EvalHub SDK writes for the same folder, but for times, titles and who made it", async () => {
    const script = join(import.meta.dirname, "..", "support", "evalhub-push-folder.py");
    const args = [script, registry.host, "acme/sdk", "results", "j", "lm_eval", "b"];
    const { stdout } = await promisify(execFile)(componentPath("eval-hub-sdk"), args, { cwd: program.folder });
    const theirs = stdout.trim();
    const to = ["--to", `${registry.host}/acme/ours`, "--plain-http"];
    const ours = await pushed(...to, ...named, "--provider", "lm_eval", "--created", "2026-11-20T12:00:00Z");
    const read = async (ref: string): Promise<[Manifest, Config]> => {
      const manifest = JSON.parse(await oras("manifest", "fetch", "--plain-http", ref)) as Manifest;
      const config = await oras("manifest", "fetch-config", "--plain-http", ref);
      return [manifest, JSON.parse(config) as Config];
    };
    const [sdk, sdkConfig] = await read(theirs);
    const [own, ownConfig] = await read(`${registry.host}/acme/ours@${ours.digest}`);
    expect(theirs).toContain(`:${ours.tag}@`);
    const title = "org.opencontainers.image.title";
    const titles = ({ layers }: Manifest): unknown[] => layers.map(({ annotations }) => annotations[title]);
    expect([titles(own), titles(sdk)]).toEqual([
      ["logs/a.txt.tar.gz", "results.json.tar.gz"],
      [undefined, undefined],
    ]);
    const shape = ({ layers, config, annotations, ...rest }: Manifest): object => ({
      ...rest,
      config: config.mediaType,
      layers: layers.map(({ mediaType, annotations: names }) => ({
        mediaType,
        names: { ...names, [title]: undefined },
      })),
      annotations: { ...annotations, "org.opencontainers.image.created": undefined },
    });
    expect(Object.keys(own)).toEqual(Object.keys(sdk));
    expect(shape(own)).toEqual(shape(sdk));
    expect(Object.keys(own.layers[0] ?? {})).toEqual(Object.keys(sdk.layers[0] ?? {}));
    const facts = ({ architecture, os, rootfs, history }: Config): object => ({
      architecture,
      os,
      type: rootfs.type,
      counts: [rootfs.diff_ids.length, history.length],
      fields: history.map((one) => Object.keys(one).toSorted()),
    });
    expect(facts(ownConfig)).toEqual(facts(sdkConfig));
  });

  it("ends with 3 where nobody answers, and where it may not push", async () => {
    const nobody = await push("--to", "127.0.0.1:9/acme/evals", "--plain-http", ...named);
    expect(nobody).toMatchObject({ code: 3, err: expect.stringContaining("connection refused") });
    const closed = await startDockerRegistry({ htpasswd: { user: "ci", password: "right" } });
    try {
      const refused = await push("--to", `${closed.host}/acme/evals`, "--plain-http", ...named);
      expect(refused).toMatchObject({ code: 3, out: "" });
      expect(refused.err).toContain("401 Unauthorized (UNAUTHORIZED) to anonymous access");
      const auth = Buffer.from("ci:right").toString("base64");
      await program.write("docker/config.json", { auths: { [closed.host]: { auth } } });
      const env = { DOCKER_CONFIG: join(program.folder, "docker") };
      const let_in = ["push", "results", "--to", `${closed.host}/acme/evals`, "--plain-http", ...named];
      expect(await program.runWith({ env }, ...let_in)).toMatchObject({ code: 0 });
    } finally {
      await closed.stop();
    }
  });
});

async function makePem(namedCurve: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** An encrypted key in cosign's envelope, with the cipher's parameters as they are given. */
function cosignLike({ nonce }: { readonly nonce: string }): string {
  const kdf = { name: "scrypt", params: { N: 2, r: 1, p: 1 }, salt: "AAAA" };
  const content = { kdf, cipher: { name: "nacl/secretbox", nonce }, ciphertext: "AAAA" };
  const base64 = Buffer.from(JSON.stringify(content)).toString("base64");
  return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${base64}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
}

interface Manifest {
  readonly config: { readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string; readonly annotations: Record<string, string> }[];
  readonly annotations: object;
}

interface Config {
  readonly architecture: string;
  readonly os: string;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history: readonly object[];
}
