import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { createProgram, type Program, type Ran } from "../cli/program.ts";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startMlflow, type MlflowTrackingServer } from "../support/mlflow.ts";
import { orasPush } from "../support/oras.ts";

const runAnswer = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
const modelAnswer = z.object({ model: z.object({ info: z.object({ model_id: z.string() }) }) });
const repository = "acme/evals";

describeWith(["docker-registry", "oras", "mlflow"], "a real MLflow with workspaces", () => {
  jest.setTimeout(60_000);
  let registry: DockerRegistry;
  let mlflow: MlflowTrackingServer;
  let program: Program;
  let experiment: string;

  beforeAll(async () => {
    [registry, mlflow] = await Promise.all([
      startDockerRegistry(),
      startMlflow({ env: { MLFLOW_ENABLE_WORKSPACES: "true" } }),
    ]);
    program = await createProgram();
    await program.write("config.yaml", {
      policies: { directory: "." },
      registries: [{ host: registry.host, plainHttp: true }],
    });
    await program.write("results/results.json", { scores: "none" });
    await mlflow.call("POST", "/api/3.0/mlflow/workspaces", { name: "team-a" });
    await mlflow.call("POST", "/api/3.0/mlflow/workspaces", { name: "team-b" });
    const made = await mlflow.call("POST", "/api/2.0/mlflow/experiments/create", { name: "evals" }, "team-a");
    experiment = z.object({ experiment_id: z.string() }).parse(made).experiment_id;
  }, 240_000);
  afterAll(async () => {
    await program?.remove();
    await mlflow?.stop();
    await registry?.stop();
  });

  const createRun = async (): Promise<string> => {
    const body = { experiment_id: experiment, run_name: "nightly" };
    return runAnswer.parse(await mlflow.call("POST", "/api/2.0/mlflow/runs/create", body, "team-a")).run.info.run_id;
  };
  const createModel = async (run: string | undefined): Promise<string> => {
    const body = { experiment_id: experiment, name: "granite", ...(run === undefined ? {} : { source_run_id: run }) };
    const made = await mlflow.call("POST", "/api/2.0/mlflow/logged-models", body, "team-a");
    return modelAnswer.parse(made).model.info.model_id;
  };
  const ask = (workspace: string | undefined, ...args: string[]): Promise<Ran> => {
    const env = {
      MLFLOW_TRACKING_URI: mlflow.url,
      ...(workspace === undefined ? {} : { MLFLOW_WORKSPACE: workspace }),
    };
    return program.runWith({ env }, ...args, "--config", "config.yaml");
  };
  const verify = (workspace: string | undefined, id: string): Promise<Ran> => ask(workspace, "mlflow", "verify", id);
  const push = (...args: string[]): Promise<Ran> =>
    ask("team-a", "push", "results", "--to", `${registry.host}/${repository}`, "--tag", "v1", ...args);

  it("finds a run in its workspace, and where none is named says that there are others", async () => {
    const run = await createRun();
    expect(await push("--mlflow-run", run)).toMatchObject({ code: 0 });
    expect(await verify("team-a", run)).toMatchObject({ code: 0, out: expect.stringContaining("✔ annotation") });
    const unknown = "could not look: 127\\.0\\.0\\.1:\\d+ has no";
    expect(await verify(undefined, run)).toMatchObject({
      code: 3,
      out: expect.stringMatching(
        `${unknown} run ${run} in its default workspace, and has others: set MLFLOW_WORKSPACE`,
      ),
    });
    expect(await verify("team-c", run)).toMatchObject({
      code: 3,
      out: expect.stringMatching(`${unknown} workspace team-c: check MLFLOW_WORKSPACE`),
    });
    expect(await verify("team-b", run)).toMatchObject({
      code: 1,
      out: expect.stringMatching(`✖ run: gone: .* has no run ${run} in the workspace team-b`),
    });
  });

  it("follows a logged model to its artifact, and from there to the run that made or measured it", async () => {
    const run = await createRun();
    const [made, measured, other] = [
      await createModel(run),
      await createModel(undefined),
      await createModel(undefined),
    ];
    const inputs = { run_id: run, models: [{ model_id: measured }] };
    await mlflow.call("POST", "/api/2.0/mlflow/runs/log-inputs", inputs, "team-a");
    for (const model of [made, measured]) {
      expect(await push("--mlflow-run", run, "--mlflow-model", model)).toMatchObject({ code: 0 });
      const { code, out } = await verify("team-a", model);
      expect({ code, out: out.replaceAll(/sha256:\w+/g, "sha256:…").split("\n") }).toEqual({
        code: 0,
        out: [
          `✔ model: ${model} is there, named granite`,
          `✔ tags: the model's tags name ${registry.host}/${repository}:v1@sha256:…`,
          `✔ artifact: ${registry.host}/${repository}@sha256:… is there, and its bytes are those of the digest`,
          `✔ annotation: the annotation dev.assaygate.mlflow.run names run ${run}`,
          `✔ run: ${run} is there, named nightly`,
          "",
        ],
      });
    }
    expect(await push("--mlflow-run", run, "--mlflow-model", other)).toMatchObject({
      code: 3,
      err: expect.stringContaining(`run ${run} neither made nor measured the model ${other}`),
    });
    expect(await verify("team-a", other)).toMatchObject({ code: 1, out: expect.stringContaining("tags: missing") });
  });

  it("tells a model from a run, and one that is not there", async () => {
    const absent = `m-${"0".repeat(32)}`;
    expect(await verify("team-a", absent)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`has no model ${absent} in the workspace team-a`),
    });
    expect(await push("--mlflow-run", absent)).toMatchObject({
      code: 2,
      err: expect.stringContaining("is a logged model, and this takes the id of a run"),
    });
  });

  it("says where a model's tags were given another run's artifact", async () => {
    const [run, stranger] = [await createRun(), await createRun()];
    const model = await createModel(run);
    const artifact = await pushNaming(stranger);
    const tags = [
      { key: "assaygate.oci.reference", value: `${registry.host}/${repository}@${artifact}` },
      { key: "assaygate.oci.digest", value: artifact },
    ];
    await mlflow.call("PATCH", `/api/2.0/mlflow/logged-models/${model}/tags`, { tags }, "team-a");
    expect(await verify("team-a", model)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`✖ run: changed: ${stranger} neither made nor measured the model ${model}`),
    });
  });
  const pushNaming = async (run: string): Promise<Digest> => {
    const annotations = { "dev.assaygate.mlflow.run": run };
    const files = { "results.json": { mediaType: "application/json", content: run } };
    const digest = parseDigest(await orasPush(registry, { repository, artifactType: "text/x", annotations, files }));
    if (digest === undefined) throw new Error("oras printed no digest");
    return digest;
  };

  it("says which metrics MLflow shows as the largest double, for it keeps no infinity", async () => {
    const run = await createRun();
    const body = { run_id: run, key: "perplexity", value: "Infinity", timestamp: 1 };
    await mlflow.call("POST", "/api/2.0/mlflow/runs/log-metric", body, "team-a");
    const shown = await mlflow.call("GET", `/api/2.0/mlflow/runs/get?run_id=${run}`, undefined, "team-a");
    expect(JSON.stringify(shown)).toContain(`"value":${Number.MAX_VALUE}`);
    expect((await verify("team-a", run)).out).toContain(
      "named nightly; MLflow shows the largest double, which it keeps for an infinite value, as perplexity",
    );
  });

  it("cuts a tag after 8,000 characters without a word, which is why tags are read back", async () => {
    const run = await createRun();
    const long = `quay.io/acme/${"a/".repeat(5_000)}evals`;
    const body = { run_id: run, key: "assaygate.oci.reference", value: long };
    await mlflow.call("POST", "/api/2.0/mlflow/runs/set-tag", body, "team-a");
    const digest = { run_id: run, key: "assaygate.oci.digest", value: `sha256:${"a".repeat(64)}` };
    await mlflow.call("POST", "/api/2.0/mlflow/runs/set-tag", digest, "team-a");
    expect(await verify("team-a", run)).toMatchObject({
      code: 1,
      out: expect.stringContaining("is not a reference, perhaps cut by MLflow after 8000 characters: "),
    });
  });
});

describeWith(["mlflow"], "a real MLflow that goes by another name", () => {
  it("is not asked for credentials", async () => {
    const mlflow = await startMlflow({ env: { MLFLOW_SERVER_ALLOWED_HOSTS: "mlflow.example" } });
    const program = await createProgram();
    try {
      const { code, out } = await program.run("mlflow", "verify", "a1", "--mlflow-uri", mlflow.url);
      const host = new URL(mlflow.url).host;
      expect({ code, out }).toEqual({
        code: 3,
        out: `? run: could not look: ${host} does not answer to the name ${host}: start the MLflow server with --allowed-hosts ${host}, or name it as it knows itself\n`,
      });
    } finally {
      await program.remove();
      await mlflow.stop();
    }
  }, 240_000);

  it("has no workspaces unless it is told to", async () => {
    const mlflow = await startMlflow();
    const program = await createProgram();
    try {
      const env = { MLFLOW_TRACKING_URI: mlflow.url, MLFLOW_WORKSPACE: "team-a" };
      expect(await program.runWith({ env }, "mlflow", "verify", "a1")).toMatchObject({
        code: 3,
        out: expect.stringContaining("has no workspaces: unset MLFLOW_WORKSPACE"),
      });
    } finally {
      await program.remove();
      await mlflow.stop();
    }
  }, 240_000);
});

describe("--mlflow-model", () => {
  it("goes with --mlflow-run", async () => {
    const program = await createProgram();
    try {
      const model = `m-${"0".repeat(32)}`;
      const args = ["push", ".", "--to", "quay.io/acme/evals", "--tag", "v1", "--mlflow-model", model];
      expect(await program.run(...args)).toMatchObject({
        code: 2,
        err: expect.stringContaining("--mlflow-model goes with --mlflow-run"),
      });
    } finally {
      await program.remove();
    }
  });
});
