import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { findServer, type MlflowServer } from "../../mlflow/server.ts";

const uri = "https://mlflow.example.com";
const find = (text: string | undefined, env: NodeJS.ProcessEnv = {}): MlflowServer =>
  findServer(text, { env, cwd: "/" });

describe("an MLflow server", () => {
  it.each<[string, string | undefined, NodeJS.ProcessEnv, Partial<MlflowServer>]>([
    ["from the option", uri, { MLFLOW_TRACKING_URI: "http://other" }, { url: uri, name: "mlflow.example.com" }],
    ["from the environment", undefined, { MLFLOW_TRACKING_URI: "http://[::1]:5000/" }, { url: "http://[::1]:5000" }],
    ["below a path", `${uri}/team/`, {}, { url: `${uri}/team`, name: "mlflow.example.com/team" }],
    ["for anybody", uri, {}, { authorization: undefined, identity: "anonymous access" }],
    ["by token", uri, { MLFLOW_TRACKING_TOKEN: "abc" }, { authorization: "Bearer abc" }],
    [
      "by name and password",
      uri,
      { MLFLOW_TRACKING_USERNAME: "ann", MLFLOW_TRACKING_PASSWORD: "a:b" },
      { authorization: `Basic ${btoa("ann:a:b")}` },
    ],
    [
      "by name and password before a token, as MLflow's client",
      uri,
      { MLFLOW_TRACKING_USERNAME: "ann", MLFLOW_TRACKING_PASSWORD: "b", MLFLOW_TRACKING_TOKEN: "abc" },
      { authorization: `Basic ${btoa("ann:b")}` },
    ],
    ["with a workspace", uri, { MLFLOW_WORKSPACE: " team-a " }, { workspace: "team-a" }],
    ["and an empty workspace is the default one", uri, { MLFLOW_WORKSPACE: " " }, { workspace: undefined }],
    ["and empty variables count for nothing", uri, { MLFLOW_TRACKING_TOKEN: "" }, { authorization: undefined }],
  ])("%s", (_, text, env, expected) => expect(find(text, env)).toMatchObject(expected));

  it.each<[string, string | undefined, NodeJS.ProcessEnv, RegExp]>([
    ["nothing", undefined, {}, /give --mlflow-uri or set MLFLOW_TRACKING_URI/],
    ["a database", "sqlite:///s3cret.db", {}, /must begin with https/],
    ["a folder", "./mlruns-s3cret", {}, /must begin with https/],
    ["a password in the address", "https://ann:s3cret@mlflow", {}, /set MLFLOW_TRACKING_USERNAME and/],
    ["a query", `${uri}/?token=s3cret`, {}, /may hold a scheme, a host, a port and a path/],
    ["a name alone", uri, { MLFLOW_TRACKING_USERNAME: "s3cret" }, /belong together/],
    ["a password alone", uri, { MLFLOW_TRACKING_PASSWORD: "s3cret" }, /belong together/],
    ["a token with a line break", uri, { MLFLOW_TRACKING_TOKEN: "s3cret\n" }, /perhaps a line break at its end/],
    ["a workspace in capitals", uri, { MLFLOW_WORKSPACE: "Team" }, /MLFLOW_WORKSPACE Team: a workspace has a name of/],
    ["a workspace that is a header more", uri, { MLFLOW_WORKSPACE: "a\r\nb: c" }, /MLFLOW_WORKSPACE "a\\u\{d\}/],
    ["a workspace that is a path", uri, { MLFLOW_WORKSPACE: "../api" }, /MLFLOW_WORKSPACE \.\.\/api: /],
    [
      "authorities that are not there",
      uri,
      { MLFLOW_TRACKING_SERVER_CERT_PATH: "no.pem" },
      /no\.pem: cannot be read .*ENOENT/,
    ],
  ])("is not %s", (_, text, env, words) => {
    expect(() => find(text, env)).toThrow(words);
    expect(() => find(text, env)).toThrow(expect.objectContaining({ kind: "unusable" }));
    expect(() => find(text, env)).not.toThrow(/s3cret/);
  });

  it("has its authorities in a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "assaygate-mlflow-ca-"));
    try {
      await writeFile(join(folder, "ca.pem"), "PEM");
      const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: "ca.pem" };
      expect(findServer(uri, { env, cwd: folder }).ca).toBe("PEM");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
