import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { loadConfig } from "../../config/load-config.ts";
import { startGate } from "../../webhook/serve.ts";
import { createLog } from "../../webhook/telemetry/log.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-tls-config-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(tls: object): Promise<ReturnType<typeof loadConfig>> {
  const file = join(folder, "config.yaml");
  const loopback = { host: "127.0.0.1", port: 0 };
  await writeFile(file, stringify({ listen: loopback, health: loopback, policies: { directory: "p" }, tls }));
  return loadConfig(file);
}

const selfManaged = {
  namespace: "assaygate-system",
  service: "assaygate",
  secret: "assaygate-tls",
  webhookConfigurations: ["assaygate"],
};

describe("tls", () => {
  it.each<[string, object, string]>([
    ["nothing that gives a certificate", {}, "tls.certFile: required, unless selfManaged is given"],
    ["half a pair", { certFile: "c" }, "tls.keyFile: required, unless selfManaged is given"],
    [
      "both ways",
      { selfManaged, certFile: "c", keyFile: "k" },
      "tls.certFile: expected either certFile and keyFile or selfManaged",
    ],
    [
      "names without an authority",
      { certFile: "c", keyFile: "k", clientNames: ["a"] },
      "tls.clientNames: expected clientCaFile, too",
    ],
    [
      "a renewal before the beginning",
      { selfManaged: { ...selfManaged, validDays: 90 } },
      "tls.selfManaged.renewBeforeDays: expected less than validDays",
    ],
    [
      "an authority that is too short",
      { selfManaged: { ...selfManaged, authorityValidDays: 400 } },
      "tls.selfManaged.authorityValidDays: expected at least twice validDays",
    ],
    [
      "no webhook configuration",
      { selfManaged: { ...selfManaged, webhookConfigurations: [] } },
      "tls.selfManaged.webhookConfigurations",
    ],
    [
      "a name that no object has",
      { selfManaged: { ...selfManaged, secret: "A/B" } },
      "tls.selfManaged.secret: expected the name of a Kubernetes object",
    ],
  ])("refuses %s", async (_, tls, message) => {
    await expect(load(tls)).rejects.toThrow(message);
  });

  it("takes self-managed certificates with the authorities and names of clients", async () => {
    const { tls } = await load({ selfManaged, clientCaFile: "clients.crt", clientNames: ["kube-apiserver"] });
    expect(tls).toMatchObject({
      clientCaFile: join(folder, "clients.crt"),
      selfManaged: { ...selfManaged, validDays: 365, renewBeforeDays: 90, authorityValidDays: 3650 },
    });
  });
});

describe("self-managed certificates", () => {
  const start = async (kubeconfig: string | undefined): Promise<unknown> => {
    const config = await load({ selfManaged: { ...selfManaged, ...(kubeconfig === undefined ? {} : { kubeconfig }) } });
    return startGate(config, createLog("silent", process.stdout), {});
  };

  it("need a pod or a kubeconfig, and say so at the start", async () => {
    await expect(start(undefined)).rejects.toThrow(
      expect.objectContaining({
        name: "ConfigError",
        message:
          "tls.selfManaged: this is not a pod with a service account: name a kubeconfig in tls.selfManaged.kubeconfig",
      }),
    );
  });

  it("name a kubeconfig that cannot be read, without quoting it", async () => {
    await expect(start("none")).rejects.toThrow(/none: cannot be read as a kubeconfig \(ENOENT\)/);
    await writeFile(join(folder, "broken"), "users: [token: s3cret\n");
    await expect(start("broken")).rejects.toThrow(/broken: cannot be read as a kubeconfig \(not its format\)$/);
    await writeFile(join(folder, "empty"), "apiVersion: v1\nkind: Config\n");
    await expect(start("empty")).rejects.toThrow(/empty: /);
  });
});
