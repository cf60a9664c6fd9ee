import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { createMlflowClient } from "../../mlflow/client.ts";
import { recordArtifact } from "../../mlflow/record-artifact.ts";
import { findServer } from "../../mlflow/server.ts";
import { root } from "../docs/documents.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startMlflow, type MlflowTrackingServer, type RunSpec } from "../support/mlflow.ts";
import { orasPush } from "../support/oras.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

const referenceTag = "assaygate.oci.reference";
const digestTag = "assaygate.oci.digest";
const repository = "acme/evals";
const otherDigest = `sha256:${"0".repeat(64)}`;
const job = "11111111-2222-3333-4444-555555555555";

describeWith(["docker-registry", "oras", "mlflow"], "mlflow verify, a real MLflow and a real registry", () => {
  jest.setTimeout(60_000);
  const token = "s3cret-token";
  let registry: DockerRegistry;
  let mlflow: MlflowTrackingServer;
  let program: Program;
  let run: string;
  let digest: Digest;

  beforeAll(async () => {
    [registry, mlflow] = await Promise.all([startDockerRegistry(), startMlflow({ authorization: `Bearer ${token}` })]);
    program = await createProgram();
    const registries = [{ host: registry.host, plainHttp: true }];
    await program.write("config.yaml", { policies: { directory: "." }, registries });
  }, 240_000);
  afterAll(async () => {
    await program?.remove();
    await mlflow?.stop();
    await registry?.stop();
  });

  const env = (): NodeJS.ProcessEnv => ({ MLFLOW_TRACKING_URI: mlflow.url, MLFLOW_TRACKING_TOKEN: token });
  const verify = (...args: string[]): Promise<Ran> =>
    program.runWith({ env: env() }, "mlflow", "verify", "--config", "config.yaml", ...args);
  const push = async (annotations: Readonly<Record<string, string>>): Promise<Digest> => {
    const files = { "results.json": { mediaType: "application/json", content: JSON.stringify(annotations) } };
    const pushed = parseDigest(await orasPush(registry, { repository, artifactType: "text/x", annotations, files }));
    if (pushed === undefined) throw new Error("oras printed no digest");
    return pushed;
  };
  const record = async (of: string, pushed: Digest): Promise<void> => {
    await using client = createMlflowClient(findServer(undefined, { env: env(), cwd: "." }));
    const reference = `${registry.host}/${repository}@${pushed}`;
    await recordArtifact(client, of, { reference, digest: pushed }, AbortSignal.timeout(30_000));
  };
  const linked = async (spec: RunSpec, annotations: (id: string) => Record<string, string>): Promise<void> => {
    run = await mlflow.createRun(spec);
    digest = await push(annotations(run));
    await record(run, digest);
  };
  /** What verify says of each part. */
  const states = async (): Promise<{ code: number; states: Record<string, string> }> => {
    const { code, out } = await verify(run, "-o", "json");
    const { findings } = JSON.parse(out) as { findings: { part: string; state: string }[] };
    return { code, states: Object.fromEntries(findings.map(({ part, state }) => [part, state])) };
  };

  describe("a run and its artifact", () => {
    beforeEach(() => linked({ name: "granite" }, (id) => ({ "dev.assaygate.mlflow.run": id })));

    it("name each other", async () => {
      expect(await mlflow.tags(run)).toMatchObject({
        [referenceTag]: `${registry.host}/${repository}@${digest}`,
        [digestTag]: digest,
      });
      const { code, out, err } = await verify(run);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out.split("\n")).toEqual([
        `✔ run: ${run} is there, named granite`,
        `✔ tags: the run's tags name ${registry.host}/${repository}@${digest}`,
        `✔ artifact: ${registry.host}/${repository}@${digest} is there, and its bytes are those of the digest`,
        "✔ annotation: the annotation dev.assaygate.mlflow.run names this run",
        "",
      ]);
    });

    const ok = { run: "ok", tags: "ok", artifact: "ok", annotation: "ok" };

    it.each<[string, () => Promise<unknown>, Readonly<Record<string, string>>, RegExp]>([
      [
        "the digest tag was changed",
        () => mlflow.setTag(run, digestTag, otherDigest),
        { ...ok, tags: "changed" },
        /✖ tags: changed: .* contradict each other: .*sha256:.*, assaygate\.oci\.digest is sha256:000/,
      ],
      [
        "both tags name a digest that is not in the registry",
        async () => {
          await mlflow.setTag(run, referenceTag, `${registry.host}/${repository}@${otherDigest}`);
          await mlflow.setTag(run, digestTag, otherDigest);
        },
        { run: "ok", tags: "ok", artifact: "gone" },
        /✖ artifact: gone: .* shows no sha256:00000000…/,
      ],
      [
        "the reference tag is not a reference",
        () => mlflow.setTag(run, referenceTag, "granite: the good one"),
        { run: "ok", tags: "changed" },
        /✖ tags: changed: the tag assaygate\.oci\.reference is not a reference: granite: the good one/,
      ],
      [
        "the digest tag was taken away",
        () => mlflow.deleteTag(run, digestTag),
        { ...ok, tags: "missing" },
        /✖ tags: missing: the run has no tag assaygate\.oci\.digest$/m,
      ],
      [
        "both tags were taken away",
        async () => {
          await mlflow.deleteTag(run, digestTag);
          await mlflow.deleteTag(run, referenceTag);
        },
        { run: "ok", tags: "missing" },
        /✖ tags: missing: the run has no tag assaygate\.oci\.reference, and none assaygate\.oci\.digest/,
      ],
      [
        "the tags name the artifact of another run",
        async () => record(run, await push({ "dev.assaygate.mlflow.run": "0a1b2c" })),
        { ...ok, annotation: "changed" },
        /✖ annotation: changed: the annotation dev\.assaygate\.mlflow\.run names run 0a1b2c, not [0-9a-f]{32}/,
      ],
      [
        "the tags name an artifact that names no run",
        async () => record(run, await push({ "dev.assaygate.model.name": "granite" })),
        { ...ok, annotation: "missing" },
        /✖ annotation: missing: the artifact has no annotation dev\.assaygate\.mlflow\.run/,
      ],
      [
        "the artifact was deleted",
        () => fetch(`${registry.url}/v2/${repository}/manifests/${digest}`, { method: "DELETE" }),
        { run: "ok", tags: "ok", artifact: "gone" },
        /✖ artifact: gone: .* shows no sha256:[0-9a-f]{8}…/,
      ],
      [
        "the run was deleted",
        () => mlflow.deleteRun(run),
        { ...ok, run: "gone" },
        /✖ run: gone: [0-9a-f]{32} is deleted; .*mlflow runs restore/,
      ],
    ])("are told apart where %s", async (_, tamper, expected, words) => {
      await tamper();
      expect(await states()).toEqual({ code: 1, states: expected });
      expect((await verify(run)).out).toMatch(words);
    });

    it("are linked by the example in docs/mlflow.md, with MLflow's own client", async () => {
      await mlflow.deleteTag(run, digestTag);
      await mlflow.setTag(run, referenceTag, "none");
      const args = [join(root, "docs/examples/mlflow/link.py"), run, `${registry.host}/${repository}@${digest}`];
      await promisify(execFile)(componentPath("mlflow"), args, { env: { ...env(), HOME: program.folder } });
      expect(await states()).toEqual({ code: 0, states: ok });
    });

    it("hold again once the run is restored", async () => {
      await mlflow.deleteRun(run);
      await mlflow.restoreRun(run);
      expect(await states()).toEqual({ code: 0, states: ok });
    });

    it("cannot be linked anew while the run is deleted", async () => {
      await mlflow.deleteRun(run);
      await expect(record(run, digest)).rejects.toMatchObject({
        kind: "refused",
        message: expect.stringContaining("must be in the 'active' state"),
      });
    });
  });

  it("says that there is no such run", async () => {
    const { code, out } = await verify("0".repeat(32));
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(/^✖ run: gone: 127\.0\.0\.1:\d+ has no run 0{32}\n$/),
    });
  });

  describe("EvalHub's own artifact, which has no annotation for a run", () => {
    const annotations = { "io.github.eval-hub.job_id": job, "io.github.eval-hub.benchmark_id": "mmlu" };

    it.each<[string, RunSpec, Readonly<Record<string, string>>, number, RegExp]>([
      [
        "belongs to the run that the adapter named after the job",
        { name: `${job}_0`, params: { benchmark_id: "mmlu" } },
        annotations,
        0,
        /✔ annotation: the artifact and this run are of EvalHub's job 1111/,
      ],
      [
        "belongs to the evaluation card's run",
        { name: "nightly", tags: { evaluation_job_id: job } },
        { evaluation_job_id: job },
        0,
        /✔ annotation: /,
      ],
      [
        "does not belong to a run of another job",
        { name: `${job.replace("1", "9")}_0` },
        annotations,
        1,
        /✖ annotation: changed: the artifact is of EvalHub's job 1111\S+, run \w+ is not/,
      ],
      [
        "does not belong to a run whose name only begins like the job's",
        { name: `${job}_0_copy` },
        annotations,
        1,
        /✖ annotation: changed: /,
      ],
      [
        "does not belong to the job's run of another benchmark",
        { name: `${job}_1`, params: { benchmark_id: "gsm8k" } },
        annotations,
        1,
        /✖ annotation: changed: the artifact is about benchmark mmlu, run \w+ about gsm8k/,
      ],
    ])("%s", async (_, spec, carried, code, words) => {
      await linked(spec, () => carried);
      expect(await verify(run)).toMatchObject({ code, out: expect.stringMatching(words) });
    });
  });

  describe("could not look", () => {
    beforeEach(() => linked({}, (id) => ({ "dev.assaygate.mlflow.run": id })));

    it.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
      [
        "without credentials",
        () => ({ MLFLOW_TRACKING_URI: mlflow.url }),
        /401 Unauthorized to anonymous access: set /,
      ],
      [
        "with a wrong token",
        () => ({ ...env(), MLFLOW_TRACKING_TOKEN: "guessed-token" }),
        /401 Unauthorized: check MLFLOW_TRACKING_TOKEN/,
      ],
      [
        "where no server listens",
        () => ({ ...env(), MLFLOW_TRACKING_URI: "http://127.0.0.1:1" }),
        /127\.0\.0\.1:1: connection refused; is it the MLflow server's address/,
      ],
      [
        "where the server is not MLflow",
        () => ({ ...env(), MLFLOW_TRACKING_URI: registry.url }),
        /404 Not Found, and not as MLflow does/,
      ],
    ])("%s", async (_, surroundings, words) => {
      const { code, out } = await program.runWith({ env: surroundings() }, "mlflow", "verify", run);
      expect({ code, out }).toEqual({ code: 3, out: expect.stringMatching(words) });
      expect(out).toMatch(/^\? run: could not look: /);
      expect(out).not.toMatch(/s3cret|guessed/);
    });

    it("where the registry does not answer, though the run does", async () => {
      await record(run, digest);
      await mlflow.setTag(run, referenceTag, `127.0.0.1:1/${repository}@${digest}`);
      const { code, out } = await verify(run, "-o", "yaml");
      expect(code).toBe(3);
      expect(out).toMatch(/part: artifact\n +state: unknown\n +said: .*127\.0\.0\.1:1: connection refused/);
    });

    it("does not soften what was disproved", async () => {
      await mlflow.setTag(run, referenceTag, `127.0.0.1:1/${repository}@${digest}`);
      await mlflow.setTag(run, digestTag, otherDigest);
      expect(await states()).toEqual({ code: 1, states: { run: "ok", tags: "changed", artifact: "unknown" } });
    });
  });
});

describeWith(["mlflow"], "a real MLflow behind a name and a password", () => {
  it("lets in who has them", async () => {
    const authorization = `Basic ${Buffer.from("ann:pässword").toString("base64")}`;
    const mlflow = await startMlflow({ authorization });
    const program = await createProgram();
    try {
      const run = await mlflow.createRun();
      const ran = async (password: string): Promise<Ran> => {
        const env = { MLFLOW_TRACKING_USERNAME: "ann", MLFLOW_TRACKING_PASSWORD: password };
        return program.runWith({ env }, "mlflow", "verify", run, "--mlflow-uri", `${mlflow.url}/`);
      };
      expect(await ran("pässword")).toMatchObject({ code: 1, out: expect.stringContaining("tags: missing") });
      const { code, out } = await ran("wr0ng");
      expect({ code, out }).toEqual({ code: 3, out: expect.stringContaining("check MLFLOW_TRACKING_USERNAME and") });
      expect(out).not.toContain("wr0ng");
    } finally {
      await program.remove();
      await mlflow.stop();
    }
  }, 240_000);
});

describe("mlflow", () => {
  it.each<[string, string[], RegExp]>([
    ["no command", [], /mlflow needs a command: verify/],
    ["an unknown command", ["verfy"], /unknown command mlflow verfy: .*verify/],
    ["no run", ["verify"], /takes one RUN or MODEL/],
    ["two runs", ["verify", "a1", "b2"], /takes one RUN or MODEL/],
    ["what is no run", ["verify", "../x"], /\.\.\/x: expected the id of an MLflow run/],
    ["no server", ["verify", "a1"], /no MLflow server is named: give --mlflow-uri or set MLFLOW_TRACKING_URI/],
    ["a database", ["verify", "a1", "--mlflow-uri", "sqlite:///mlflow.db"], /must begin with https:\/\/ or http:\/\//],
  ])("ends with 2 for %s", async (_, args, words) => {
    const program = await createProgram();
    try {
      expect(await program.run("mlflow", ...args)).toEqual({ code: 2, out: "", err: expect.stringMatching(words) });
    } finally {
      await program.remove();
    }
  });

  it("tells of itself and of its command", async () => {
    const program = await createProgram();
    try {
      expect(await program.run("mlflow", "--help")).toMatchObject({ code: 0, out: expect.stringContaining("Follows") });
      const { out } = await program.run("mlflow", "verify", "--help");
      expect(out).toContain("Usage: assaygate mlflow verify RUN|MODEL [OPTIONS]");
    } finally {
      await program.remove();
    }
  });
});
