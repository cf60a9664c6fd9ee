import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { createProgram, type Program } from "../cli/program.ts";
import { runProxy } from "../cli/running-proxy.ts";
import { read } from "../docs/documents.ts";
import { manifestsIn } from "./chart.ts";
import { restrictedViolations } from "./pod-security.ts";
import { podSpec } from "./shapes.ts";

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  resources: z.object({
    limits: z.looseObject({ memory: z.string() }),
    requests: z.looseObject({ memory: z.string() }),
  }),
  securityContext: z.looseObject({ readOnlyRootFilesystem: z.literal(true) }),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
});

const sidecar = container.extend({
  restartPolicy: z.literal("Always"),
  startupProbe: z.object({ exec: z.object({ command: z.tuple([z.string(), z.string(), z.string()]) }) }),
});

const job = z.object({
  kind: z.literal("Job"),
  spec: z.object({
    template: z.object({ spec: z.looseObject({ initContainers: z.unknown(), containers: z.unknown() }) }),
  }),
});

describe("deploy/examples/evaluation-job.yaml", () => {
  const [manifest, ...more] = manifestsIn(read("deploy/examples/evaluation-job.yaml"));
  const pod = job.parse(manifest).spec.template.spec;
  const [proxy] = z.tuple([sidecar]).parse(pod.initContainers);
  const [evaluation] = z.tuple([container]).parse(pod.containers);

  it("is one Job, whose containers PodSecurity restricted admits", () => {
    expect(more).toEqual([]);
    for (const containers of [pod.initContainers, pod.containers])
      expect(restrictedViolations(podSpec.parse({ ...pod, containers }))).toEqual([]);
  });

  it("mounts the credentials into the sidecar alone, and no token of the cluster into any", () => {
    const volumes = z.array(z.looseObject({ name: z.string() })).parse(pod["volumes"]);
    const secrets = volumes.filter((volume) => "secret" in volume).map(({ name }) => name);
    const mounted = ({ volumeMounts }: z.output<typeof container>): string[] => volumeMounts.map(({ name }) => name);
    expect(secrets).toEqual(mounted(proxy));
    expect(mounted(evaluation).filter((name) => secrets.includes(name))).toEqual([]);
    expect(pod["automountServiceAccountToken"]).toBe(false);
  });

  it("pushes to where the sidecar listens, and to the repository that it serves", () => {
    expect(evaluation.args.join("\n")).toContain("--plain-http localhost:8080/acme/evals:");
    expect(proxy.args).toContain("--listen=127.0.0.1:8080");
    expect(proxy.args).toContain("--repository=quay.io/acme/evals");
  });

  it("runs the chart's image", () => {
    const chart = z.object({ appVersion: z.string() }).parse(manifestVersion());
    expect(proxy.image).toBe(`ghcr.io/assaygate/assaygate:${chart.appVersion}`);
  });

  describe("the sidecar's arguments", () => {
    let program: Program;
    beforeEach(async () => {
      program = await createProgram();
    });
    afterEach(() => program.remove());

    it("start the proxy, which its probe then finds", async () => {
      await program.write("config.json", { auths: { "quay.io": { auth: btoa("robot:password") } } });
      const [command, ...args] = proxy.args.map((arg) =>
        arg.replace("127.0.0.1:8080", "127.0.0.1:0").replace("/etc/assaygate/docker/", ""),
      );
      expect(command).toBe("registry-proxy");
      const running = await runProxy(program, ...args);
      const [, flag, script] = proxy.startupProbe.exec.command;
      const probe = (url: string) =>
        promisify(execFile)(process.execPath, [flag, script.replace("http://127.0.0.1:8080/v2/", url)]);
      await probe(running.url);
      expect((await running.stop()).code).toBe(0);
      await expect(probe(running.url)).rejects.toMatchObject({ code: 1 });
    });
  });
});

function manifestVersion(): unknown {
  const [, appVersion] = /^appVersion: "?([^"\s]+)"?$/m.exec(read("deploy/chart/assaygate/Chart.yaml")) ?? [];
  return { appVersion };
}
