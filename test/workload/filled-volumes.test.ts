import { describe, expect, it } from "@jest/globals";
import type { Workload } from "../../policies/workload.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, anObject, read } from "../support/builders/workload.ts";
import { evil, good, passesAsGood, readPod, serveGood, server, serverOf } from "./good-server.ts";

const hub = "/root/.cache/huggingface";
const snapshot = `hub/models--acme--otter-7b/snapshots/${"0".repeat(40)}`;
const configMap: Json = { configMap: { name: "c" } };
const image: Json = { image: { reference: "quay.io/mallory/files" } };
const ephemeral = (spec: Json): Json => ({ ephemeral: { volumeClaimTemplate: { spec } } });
const mounted = (at: string, more: Json = {}): Json => ({ volumeMounts: [{ name: "v", mountPath: at, ...more }] });
const withVolume = (container: Json, volume: Json, pod: Json = {}): Workload =>
  readPod({ ...pod, containers: [container], volumes: [{ name: "v", ...volume }] });
const fetches = (line: string, at: string, more: Json = {}): Json => ({
  initContainers: [{ name: "fetch", image: "x", command: line.split(" "), ...mounted(at, more) }],
});
const fetchesGood = fetches(`hf download ${good} --local-dir /m`, "/m");

describe("a volume holds only what the pod's containers put there where it is empty at first", () => {
  const servesFolder = { ...serverOf("vllm serve /m"), ...mounted("/m") };

  it.each([{ emptyDir: {} }, ephemeral({}), ephemeral({ dataSource: null, storageClassName: "fast" })])(
    "%j is",
    (volume) => expect(passesAsGood(withVolume(servesFolder, volume, fetchesGood))).toBe(true),
  );

  it.each([
    ephemeral({ dataSource: { kind: "VolumeSnapshot", name: "other" } }),
    ephemeral({ dataSourceRef: { kind: "Filler", apiGroup: "example", name: "other" } }),
    ephemeral({ volumeName: "other" }),
    ephemeral({ selector: { matchLabels: { holds: "other" } } }),
    { ephemeral: {} },
  ])("%j may hold something before", (volume) =>
    expect(passesAsGood(withVolume(servesFolder, volume, fetchesGood))).toBe(false),
  );
});

describe("a claim that a controller makes takes the place of the template's volume of its name", () => {
  const claims = { volumeClaimTemplates: [{ metadata: { name: "v" }, spec: {} }] };
  const podSpec = (volume: Json): Json => ({
    ...fetchesGood,
    containers: [{ ...serverOf("vllm serve /m"), ...mounted("/m") }],
    volumes: [{ name: "v", ...volume }],
  });
  const statefulSet = (volume: Json, spec: Json): Json => ({
    ...aDeployment({ podSpec: podSpec(volume), spec }),
    kind: "StatefulSet",
  });
  const leaderWorkerSet = (volume: Json, spec: Json): Json =>
    anObject("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {
      leaderWorkerTemplate: { workerTemplate: { spec: podSpec(volume) }, ...spec },
    });

  it.each([statefulSet, leaderWorkerSet])("%p", (make) => {
    expect(passesAsGood(read(make({ emptyDir: {} }, {})))).toBe(true);
    expect(passesAsGood(read(make({ emptyDir: {} }, claims)))).toBe(false);
    const volume = { image: { reference: `quay.io/acme/otter@sha256:${"a".repeat(64)}` } };
    expect(read(make(volume, {})).models).toEqual([expect.objectContaining({ name: "quay.io/acme/otter" })]);
    expect(read(make(volume, claims)).models).toEqual([expect.objectContaining({ name: undefined, gap: "place" })]);
  });
});

describe("a cache that the object itself fills may hold any model under the good one's name", () => {
  const variable = (name: string, value: string): Json => ({ env: [{ name, value }] });
  const servesGood = (at: string, more: Json = {}): Json => server({ command: serveGood, ...mounted(at), ...more });

  it.each<[string, Json, Json]>([
    ["the whole of it", servesGood(hub), fetches("hf download mallory/files --local-dir /d", "/d")],
    ["a snapshot", servesGood(hub), fetches(`hf download ${evil} --local-dir /d`, "/d", { subPath: snapshot })],
    ["an expression", servesGood(hub), fetches(`hf download ${evil} --local-dir /d`, "/d", { subPathExpr: "$(A)" })],
    [
      "a folder that a variable names",
      servesGood("/data", variable("HF_HOME", "/data")),
      fetches("hf download mallory/files --local-dir /d", "/d"),
    ],
    [
      "one that a flag names",
      server({ command: [...serveGood, "--download-dir", "/data"], ...mounted("/data") }),
      fetches(`hf download ${evil} --local-dir /d`, "/d", { subPath: "models--acme--otter-7b" }),
    ],
    [
      "KServe's initializer",
      servesGood(hub),
      {
        initContainers: [
          { name: "i", image: "x", args: ["hf://mallory/files", "/mnt/models"], ...mounted("/mnt/models") },
        ],
      },
    ],
    [
      "compiled code",
      servesGood("/data", variable("TRITON_CACHE_DIR", "/data")),
      fetches("hf download mallory/files --local-dir /d/x", "/d"),
    ],
  ])("by a download: %s", (_what, container, pod) =>
    expect(passesAsGood(withVolume(container, { emptyDir: {} }, pod))).toBe(false),
  );

  it.each<[string, Json]>([
    ["image", image],
    ["configMap", configMap],
    ["secret", { secret: { secretName: "s" } }],
    ["projected", { projected: { sources: [configMap] } }],
    ["downwardAPI", { downwardAPI: { items: [] } }],
    ["gitRepo", { gitRepo: { repository: "https://mallory.example/files" } }],
  ])("%s", (_what, volume) => {
    expect(passesAsGood(withVolume(servesGood(hub), volume))).toBe(false);
    expect(passesAsGood(withVolume(servesGood(`${hub}/${snapshot}/config.json`), volume))).toBe(false);
    expect(passesAsGood(withVolume(servesGood("/data", variable("HF_HUB_CACHE", "/data/x")), volume))).toBe(false);
    expect(passesAsGood(withVolume(servesGood("/elsewhere"), volume))).toBe(true);
  });

  it.each(["/root/.triton/cache", "/root/.config/vllm", "/home/x/.nv", "/tmp", "/tmp/torchinductor_vllm"])(
    "compiled code of a ConfigMap at %s",
    (at) => expect(passesAsGood(withVolume(servesGood(at), configMap))).toBe(false),
  );

  it("a download reads caches, too", () => {
    const pod = {
      initContainers: [
        {
          name: "fetch",
          image: "x",
          command: `hf download ${good} --local-dir /m`.split(" "),
          volumeMounts: [
            { name: "m", mountPath: "/m" },
            { name: "c", mountPath: hub },
          ],
        },
      ],
      containers: [{ ...serverOf("vllm serve /m"), volumeMounts: [{ name: "m", mountPath: "/m" }] }],
    };
    const volumes = (cache: Json): Json[] => [
      { name: "m", emptyDir: {} },
      { name: "c", ...cache },
    ];
    expect(passesAsGood(readPod({ ...pod, volumes: volumes({ emptyDir: {} }) }))).toBe(true);
    expect(passesAsGood(readPod({ ...pod, volumes: volumes(image) }))).toBe(false);
  });

  it("one in which the container's own downloads lie", () => {
    const isGood = (script: string): boolean =>
      passesAsGood(readPod({ containers: [server({ command: ["bash", "-c", script] })] }));
    expect(isGood(`hf download mallory/files --local-dir /opt/x; TRITON_CACHE_DIR=/opt/x vllm serve ${good}`)).toBe(
      false,
    );
    expect(isGood(`hf download mallory/files --local-dir /root/.triton; vllm serve ${good}`)).toBe(false);
    expect(isGood(`hf download mallory/files --local-dir /tmp/torchinductor_root; vllm serve ${good}`)).toBe(false);
    expect(isGood(`hf download mallory/files --local-dir /tmp; vllm serve ${good}`)).toBe(false);
    expect(isGood(`hf download mallory/files --local-dir /opt/x; vllm serve ${good}`)).toBe(true);
  });

  it.each<[string, Json, Json, Json]>([
    ["a token beside the cache", servesGood(`${hub}/token`), { secret: { secretName: "s" } }, {}],
    ["a claim", servesGood(hub), { persistentVolumeClaim: { claimName: "c" } }, {}],
    ["what the client itself fetches", servesGood(hub), { emptyDir: {} }, fetches(`hf download ${good}`, hub)],
    [
      "files beside the models",
      servesGood("/data", variable("HF_HOME", "/data")),
      { emptyDir: {} },
      fetches("hf download acme/prompts --local-dir /d/prompts", "/d"),
    ],
    [
      "files beside the models of a hub's folder",
      servesGood("/data", variable("HF_HUB_CACHE", "/data")),
      { emptyDir: {} },
      fetches("hf download acme/prompts --local-dir /d/prompts", "/d"),
    ],
  ])("%s is accepted", (_what, container, volume, pod) =>
    expect(passesAsGood(withVolume(container, volume, pod))).toBe(true),
  );
});

describe("files that two volumes of a pod share", () => {
  const isGood = (of: Json, other: Json, command: string): boolean =>
    passesAsGood(
      readPod({
        initContainers: [
          {
            name: "i",
            image: "x",
            command: command.split(" "),
            volumeMounts: [{ name: "other", mountPath: "/d", subPath: snapshot }],
          },
        ],
        containers: [server({ command: serveGood, ...mounted(hub) })],
        volumes: [
          { name: "v", ...of },
          { name: "other", ...other },
        ],
      }),
    );
  const claim = (claimName: string): Json => ({ persistentVolumeClaim: { claimName } });
  const host = (path: string): Json => ({ hostPath: { path } });
  const nfs = (path: string): Json => ({ nfs: { server: "files.example", path } });

  it.each<[Json, Json]>([
    [claim("a"), claim("a")],
    [host("/data"), host("/data/")],
    [nfs("/data"), nfs("/data")],
  ])("%j and %j", (of, other) => {
    expect(isGood(of, other, "/x")).toBe(false);
    expect(isGood(of, other, `hf download ${evil} --local-dir /d`)).toBe(false);
  });

  it.each([
    [host("/data/cache"), host("/data")],
    [host("/data"), host("/data/cache")],
    [host("/data"), host("/")],
  ])("a part of %j is %j", (of, other) => {
    expect(isGood(of, other, "/x")).toBe(false);
    expect(isGood(of, other, `hf download ${evil} --local-dir /d`)).toBe(false);
  });

  it.each<[Json, Json]>([
    [claim("a"), claim("b")],
    [host("/data"), host("/database")],
    [{ emptyDir: {} }, { emptyDir: {} }],
  ])("not %j and %j", (of, other) => expect(isGood(of, other, "/x")).toBe(true));
});
