import { describe, expect, it } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, read } from "../support/builders/workload.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const image = (name: string, reference: string): Json => ({ name, image: { reference, pullPolicy: "IfNotPresent" } });
const mount = (name: string, mountPath: string): Json => ({ name, mountPath });

function modelsWith(args: string[] | undefined, mounts: Json[], volumes: Json[], podSpec: Json = {}) {
  return read(aDeployment({ container: { args, volumeMounts: mounts }, podSpec: { volumes, ...podSpec } })).models;
}

/** {@link aDeployment} takes `podSpec` after its containers. */
describe("a model in an OCI image volume", () => {
  const volumes = [image("model", `quay.io/acme/granite:3.1@${digest}`), image("other", "quay.io/acme/other:1")];

  it("is what the server's path leads to", () => {
    const models = modelsWith(
      ["--model", "/models/granite"],
      [mount("other", "/other"), mount("model", "/models")],
      volumes,
    );
    expect(models).toEqual([
      expect.objectContaining({
        name: "quay.io/acme/granite",
        version: undefined,
        digest,
        field: "spec.template.spec.volumes[0].image.reference",
      }),
    ]);
  });

  it("has its tag as version without a digest", () => {
    const [model] = modelsWith(["--model", "/other/"], [mount("other", "/other")], volumes);
    expect(model).toMatchObject({ name: "quay.io/acme/other", version: "1", digest: undefined });
  });

  it("is hidden by a mount further down", () => {
    const claim = { name: "claim", persistentVolumeClaim: { claimName: "evil" } };
    const [model] = modelsWith(
      ["--model", "/models/x"],
      [mount("model", "/models"), mount("claim", "/models/x")],
      [...volumes, claim],
    );
    expect(model).toMatchObject({ name: undefined, unreadable: undefined });
  });

  it.each(["/modelsx", "/elsewhere", "/models/../etc"])("does not hold %s", (path) => {
    const [model] = modelsWith(["--model", path], [mount("model", "/models")], volumes);
    expect(model).toMatchObject({ name: undefined });
  });

  it("is not meant by a relative path: where that lies knows the image alone", () => {
    const [model] = modelsWith(["--model", "./m"], [mount("model", "/models")], volumes);
    expect(model).toMatchObject({ name: undefined, gap: "place", unreadable: undefined });
  });

  it("names what an image may run that says nothing, but does not vouch for it", () => {
    expect(modelsWith(undefined, [mount("model", "/models")], volumes)).toEqual([
      expect.objectContaining({ name: "quay.io/acme/granite", unreadable: expect.any(String) }),
    ]);
  });

  it("is ignored when nothing mounts it", () => {
    expect(modelsWith(undefined, [], volumes)).toMatchObject([{ name: undefined, gap: "image" }]);
  });

  it("does not displace a model that the server names", () => {
    expect(modelsWith(["--model", "acme/m"], [mount("model", "/models")], volumes).map(({ name }) => name)).toEqual([
      "acme/m",
    ]);
  });

  it("is unreadable with a malformed reference", () => {
    const [model] = modelsWith(
      ["--model", "/m"],
      [mount("bad", "/m")],
      [image("bad", "quay.io/acme/granite@sha256:short")],
    );
    expect(model?.unreadable).toEqual(expect.any(String));
  });
});

describe("a model that KServe's storage initializer downloads", () => {
  const at = (mountPath: string): Json => ({ volumeMounts: [mount("m", mountPath)] });
  const initContainers = [
    { name: "any", image: "x", args: ["hf://acme/granite:v3", "/mnt/models"], ...at("/mnt/models") },
  ];
  const scratch = [{ name: "m", emptyDir: {} }];

  it.each(["/mnt/models", "//mnt/models", "/mnt/./models/", "/mnt/x/../models"])("is what %s leads to", (path) => {
    const [model] = modelsWith(["--model", path], [mount("m", "/mnt/models")], scratch, { initContainers });
    expect(model).toMatchObject({
      name: "acme/granite",
      version: "v3",
      field: "spec.template.spec.initContainers[0].args[0]",
    });
  });

  it("is found where the volume is mounted elsewhere", () => {
    const [model] = modelsWith(["--model", "/serve"], [mount("m", "/serve")], scratch, { initContainers });
    expect(model).toMatchObject({ name: "acme/granite" });
  });

  it("names nothing on a volume that held something before", () => {
    const claim = [{ name: "m", persistentVolumeClaim: { claimName: "c" } }];
    const [model] = modelsWith(["--model", "/mnt/models"], [mount("m", "/mnt/models")], claim, { initContainers });
    expect(model).toMatchObject({ name: undefined, unreadable: undefined, gap: "place" });
  });

  it("never establishes a digest", () => {
    const own = [{ ...initContainers[0], args: [`oci://quay.io/acme/granite@${digest}`, "/mnt/models"] }];
    const [model] = modelsWith(["--model", "/mnt/models"], [mount("m", "/mnt/models")], scratch, {
      initContainers: own,
    });
    expect(model).toMatchObject({ name: "quay.io/acme/granite", digest: undefined });
  });
});
