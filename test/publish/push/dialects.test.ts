import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import { pullInto } from "../../../publish/pull/pull.ts";
import { listFolder } from "../../../publish/push/folder.ts";
import { createHttpTarget } from "../../../registry/remote/http-target.ts";
import { createLayoutTarget } from "../../../registry/layout/layout-target.ts";
import { pushFolder, type PushOptions, type PushResult } from "../../../publish/push/push-folder.ts";
import { signArtifact } from "../../../publish/push/sign.ts";
import type { PushTarget } from "../../../registry/target.ts";
import { readReferrers } from "../../support/referrers.ts";
import type { Source } from "../../../registry/source.ts";
import { genericArtifact, imageManifest } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { registryTargets } from "../../support/registries.ts";
import type { RegistryTarget, RunningTarget } from "../../support/registries/target.ts";
import { patient } from "../../registry/remote/reading.ts";

const model = genericArtifact({ "com.example.model": "granite" });
const subject = { mediaType: imageManifest, digest: model.digest, size: model.manifest.length };
const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 31 + (at >> 8)) % 251));
const untold = { packed: () => undefined, done: () => undefined };
const plain: PushOptions = {
  annotations: { "dev.assaygate.model.name": "granite" },
  subject: undefined,
  tag: "v1",
  created: undefined,
  modified: new Date(0),
  compressLarge: false,
};

async function pushTargetOf(at: RunningTarget, dockerConfig: string | undefined): Promise<PushTarget> {
  const { layout } = (await at.gateConfig()) as { layout?: string };
  if (at.server === undefined) return createLayoutTarget(layout ?? "");
  const credentials = dockerConfig === undefined ? {} : { credentials: createDockerConfigCredentials(dockerConfig) };
  return createHttpTarget({ registries: [{ ...at.server, maxRetries: 0 }], ...credentials });
}

/** A registry that runs, a folder of results, and what pushes it there. */
interface Scene {
  readonly folder: string;
  readonly running: RunningTarget;
  readonly target: PushTarget;
  readonly source: Source & AsyncDisposable;
  push(options?: Partial<PushOptions>, to?: PushTarget): Promise<PushResult>;
}

async function prepare(registry: RegistryTarget): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-write-"));
  await mkdir(join(folder, "results", "logs"), { recursive: true });
  await writeFile(join(folder, "results", "results.json"), '{"accuracy":0.64}');
  await writeFile(join(folder, "results", "logs", "large.bin"), large);
  const running = await registry.start();
  await running.put(model);
  const target = await pushTargetOf(running, running.dockerConfig());
  const source = running.source(running.dockerConfig());
  const push: Scene["push"] = async (options = {}, to = target) => {
    const files = await listFolder(join(folder, "results"), false);
    return pushFolder({ target: to, source }, running.repository, files, { ...plain, ...options }, untold, patient);
  };
  return { folder, running, target, source, push };
}

/** What must hold wherever evidence is published. */
function writing(registry: RegistryTarget): void {
  let scene: Scene | undefined;
  const at = (): Scene => {
    if (scene === undefined) throw new Error("nothing was prepared");
    return scene;
  };
  beforeAll(async () => {
    scene = await prepare(registry);
  }, 60_000);
  afterAll(async () => {
    const { folder, running, target, source } = at();
    await target.close();
    await source[Symbol.asyncDispose]();
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  artifactIsTaken(at);
  referrersAreFound(registry, at);
  if (registry.asksForLogin) strangersAreRefused(at);
  if (registry.made === "imitated") tokensAreNarrow(at);
}

function artifactIsTaken(at: () => Scene): void {
  it("takes an artifact that can be pulled again, byte for byte, and by its tag", async () => {
    const { digest } = await at().push();
    const out = join(at().folder, "out");
    await pullInto(at().source, { repository: at().running.repository, digest }, out, 10_000_000, patient);
    expect((await readFile(join(out, "logs", "large.bin"))).equals(large)).toBe(true);
    expect(await readFile(join(out, "results.json"), "utf8")).toBe('{"accuracy":0.64}');
    const tagged = await at().source.tagged(at().running.repository, "v1", patient);
    expect(tagged?.mediaType ?? imageManifest).toBe(imageManifest);
    tagged?.cancel();
  });

  it("takes the same again, under the same digest", async () => {
    expect((await at().push()).digest).toBe((await at().push()).digest);
  });
}

function referrersAreFound(registry: RegistryTarget, at: () => Scene): void {
  it(`finds what was pushed about a model, and its signature: referrers are ${registry.referrers}`, async () => {
    const { digest } = await at().push({ subject, tag: "about" });
    const about = await readReferrers(at().source, at().running.repository, model.digest, patient);
    expect(about.map((one) => one.digest)).toEqual([digest]);
    const { privateKey } = generateKeyPairSync("ed25519");
    const of = { mediaType: imageManifest, digest, size: 1 };
    const signature = await signArtifact(at(), at().running.repository, of, privateKey, new Date(0), patient);
    const found = await readReferrers(at().source, at().running.repository, digest, patient);
    expect(found.map((one) => one.digest)).toEqual([signature]);
  });
}

function strangersAreRefused(at: () => Scene): void {
  it("takes nothing without a password, or with a wrong one", async () => {
    for (const dockerConfig of [undefined, at().running.dockerConfig("wrong-canary")]) {
      const stranger = await pushTargetOf(at().running, dockerConfig);
      await expect(at().push({ tag: "stolen" }, stranger)).rejects.toMatchObject({
        failure: { kind: "unavailable", reason: "denied" },
      });
      await stranger.close();
    }
    expect(await at().source.tagged(at().running.repository, "stolen", patient)).toBeUndefined();
  });
}

function tokensAreNarrow(at: () => Scene): void {
  it("asks for a token to pull and push this repository, and nothing else", async () => {
    const { imitation } = at().running;
    if (imitation === undefined) throw new Error("a real registry does not tell what it saw");
    const { dialect, servers } = imitation;
    const scopes = servers.tokens.asked("token").map(({ url }) => url.searchParams.get("scope"));
    const own = [`repository:${dialect.path}:pull`, `repository:${dialect.path}:pull,push`];
    expect(new Set(scopes)).toEqual(new Set(dialect.login.kind === "basic" ? [] : own));
  });
}

describe.each(registryTargets.map((target) => [`${target.name}, ${target.made}`, target] as const))(
  "%s",
  (_, target) => {
    describeWith(target.needs, "written to by push", () => writing(target));
  },
);
