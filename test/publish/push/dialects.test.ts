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

/** What must hold wherever evidence is published. */
function writing(target: RegistryTarget): void {
  let folder: string;
  let at: RunningTarget;
  let written: PushTarget;
  let source: Source & AsyncDisposable;
  const push = async (options: Partial<PushOptions> = {}, to = written): Promise<PushResult> => {
    const files = await listFolder(join(folder, "results"), false);
    return pushFolder({ target: to, source }, at.repository, files, { ...plain, ...options }, untold, patient);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-write-"));
    await mkdir(join(folder, "results", "logs"), { recursive: true });
    await writeFile(join(folder, "results", "results.json"), '{"accuracy":0.64}');
    await writeFile(join(folder, "results", "logs", "large.bin"), large);
    at = await target.start();
    await at.put(model);
    written = await pushTargetOf(at, at.dockerConfig());
    source = at.source(at.dockerConfig());
  }, 60_000);
  afterAll(async () => {
    await written.close();
    await source[Symbol.asyncDispose]();
    await at[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("takes an artifact that can be pulled again, byte for byte, and by its tag", async () => {
    const { digest } = await push();
    const out = join(folder, "out");
    await pullInto(source, { repository: at.repository, digest }, out, 10_000_000, patient);
    expect((await readFile(join(out, "logs", "large.bin"))).equals(large)).toBe(true);
    expect(await readFile(join(out, "results.json"), "utf8")).toBe('{"accuracy":0.64}');
    const tagged = await source.tagged(at.repository, "v1", patient);
    expect(tagged?.mediaType ?? imageManifest).toBe(imageManifest);
    tagged?.cancel();
  });

  it("takes the same again, under the same digest", async () => {
    expect((await push()).digest).toBe((await push()).digest);
  });

  it(`finds what was pushed about a model, and its signature: referrers are ${target.referrers}`, async () => {
    const { digest } = await push({ subject, tag: "about" });
    const about = await readReferrers(source, at.repository, model.digest, patient);
    expect(about.map((one) => one.digest)).toEqual([digest]);
    const { privateKey } = generateKeyPairSync("ed25519");
    const of = { mediaType: imageManifest, digest, size: 1 };
    const signature = await signArtifact(
      { target: written, source },
      at.repository,
      of,
      privateKey,
      new Date(0),
      patient,
    );
    const found = await readReferrers(source, at.repository, digest, patient);
    expect(found.map((one) => one.digest)).toEqual([signature]);
  });

  if (target.asksForLogin) {
    it("takes nothing without a password, or with a wrong one", async () => {
      for (const dockerConfig of [undefined, at.dockerConfig("wrong-canary")]) {
        const stranger = await pushTargetOf(at, dockerConfig);
        await expect(push({ tag: "stolen" }, stranger)).rejects.toMatchObject({
          failure: { kind: "unavailable", reason: "denied" },
        });
        await stranger.close();
      }
      expect(await source.tagged(at.repository, "stolen", patient)).toBeUndefined();
    });
  }

  if (target.made === "imitated") {
    it("asks for a token to pull and push this repository, and nothing else", async () => {
      if (at.imitation === undefined) throw new Error("a real registry does not tell what it saw");
      const { dialect, servers } = at.imitation;
      const scopes = servers.tokens.asked("token").map(({ url }) => url.searchParams.get("scope"));
      const own = [`repository:${dialect.path}:pull`, `repository:${dialect.path}:pull,push`];
      expect(new Set(scopes)).toEqual(new Set(dialect.login.kind === "basic" ? [] : own));
    });
  }
}

describe.each(registryTargets.map((target) => [`${target.name}, ${target.made}`, target] as const))(
  "%s",
  (_, target) => {
    describeWith(target.needs, "written to by push", () => writing(target));
  },
);
