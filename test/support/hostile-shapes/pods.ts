import type { Json } from "../artifacts.ts";
import { anObject, aPod, deep, fill, fillText, shapesOf } from "./shape.ts";

const variable = (name: string, value: string): Json => ({ name, value });
/** Each holds the one before it twice. */
const doubling = (count: number, by = 2): Json[] =>
  Array.from({ length: count }, (_, at) => variable(`A${at}`, at === 0 ? "aaaaaaaaaaaa" : `$(A${at - 1})`.repeat(by)));
const reading = (bytes: number): Json => variable("A", "x".repeat(bytes / 4));
const limits = (resource: string): Json => ({ resources: { limits: { [resource]: "1" } } });

/** Parts of pods that there may be many of. */
export const podShapes = shapesOf("pod", {
  "variables that double": () => aPod({ args: ["$(A25)", "$(A25)", "$(A25)"], env: doubling(26) }),
  "variables that double, in a server's words": () => aPod({ args: ["--model", "$(A14)"], env: doubling(15) }),
  "variables that grow tenfold": () => aPod({ args: ["$(A12)"], env: doubling(13, 10) }),
  "variables, many": (bytes) => aPod({ env: fill(bytes, (at) => variable(`V${at}`, `v${at}`)) }),
  "variables, each of the one before": (bytes) =>
    aPod({ env: fill(bytes, (at) => variable(`V${at}`, `$(V${at - 1})x`)) }),
  "one variable many times": (bytes) =>
    aPod({ args: [fillText(bytes, () => "$(A)")], env: [variable("A", "x".repeat(64))] }),
  "one large variable many times": (bytes) =>
    aPod({ args: [fillText(bytes / 2, () => "$(A)")], env: [reading(bytes)] }),
  "names that never close": (bytes) => aPod({ args: [fillText(bytes, () => "$(")] }),
  "envFrom, many": (bytes) =>
    aPod({ envFrom: fill(bytes, (at) => ({ prefix: `P${at}_`, configMapRef: { name: `m${at}` } })) }),
  "envFrom with prefixes, and variables": (bytes) =>
    aPod({
      args: fill(bytes / 2, (at) => `--x=$(V${at})`),
      envFrom: fill(Math.min(bytes / 2, 600), (at) => ({ prefix: `P${at}`, secretRef: { name: "s" } })),
    }),
  "valueFrom, many": (bytes) =>
    aPod({
      env: fill(bytes, (at) => ({ name: `V${at}`, valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } })),
    }),
  "volumes in caches, many": (bytes) =>
    aPod({
      command: ["sh", "-c", "echo > /srv/x; vllm serve acme/otter"],
      env: [variable("HF_HUB_CACHE", "/root/.cache/0"), variable("TRITON_CACHE_DIR", "/root/.cache/1")],
      volumeMounts: [
        { name: "w", mountPath: "/srv" },
        ...fill(Math.min(bytes, 60_000), (at) => ({ name: "v", mountPath: `/root/.cache/${at}` })),
      ],
    }),
  "containers that serve": (bytes) =>
    anObject("v1", "Pod", { containers: fill(bytes, (at) => ({ name: `c${at}`, args: ["vllm", "serve", `m${at}`] })) }),
  "containers with --model": (bytes) =>
    anObject("v1", "Pod", {
      containers: fill(bytes, (at) => ({ name: `c${at}`, image: "vllm/vllm-openai", args: [`--model=m${at}`] })),
    }),
  "containers without anything": (bytes) => anObject("v1", "Pod", { containers: fill(bytes, () => ({})) }),
  "init containers": (bytes) =>
    aPod({}, { initContainers: fill(bytes, (at) => ({ name: `i${at}`, command: ["true"] })) }),
  "ephemeral containers": (bytes) =>
    aPod({}, { ephemeralContainers: fill(bytes, (at) => ({ name: `e${at}`, command: ["sleep", "1"] })) }),
  "containers, each with many variables": (bytes) =>
    anObject("v1", "Pod", {
      containers: fill(Math.min(bytes, 500 * 900), (at) => ({
        name: `c${at}`,
        args: ["--model", "$(A3)"],
        env: doubling(16),
      })),
    }),
  "containers that reach accelerators": (bytes) =>
    anObject("v1", "Pod", {
      containers: fill(bytes, (at) => ({ name: `c${at}`, ...limits(`nvidia.com/gpu-${at}`) })),
    }),
  "resources, many": (bytes) =>
    aPod({ resources: { limits: Object.fromEntries(fill(bytes, (at) => [`acme.com/gpu-${at}`, "1"])) } }),
  "MIG resources, many": (bytes) =>
    aPod({
      resources: { limits: Object.fromEntries(fill(bytes, (at) => [`nvidia.com/mig-${at}g.${at}gb`, "1"])) },
    }),
  "volumes, many": (bytes) => aPod({}, { volumes: fill(bytes, (at) => ({ name: `v${at}`, emptyDir: {} })) }),
  "image volumes, many, mounted": (bytes) => {
    const volumes = fill(bytes / 2, (at) => ({ name: `v${at}`, image: { reference: `quay.io/m/m${at}:1` } }));
    return aPod(
      { command: ["unknown"], volumeMounts: volumes.map(({ name }, at) => ({ name, mountPath: `/m/${at}` })) },
      { volumes },
    );
  },
  "mounts, many, and as many models": (bytes) =>
    aPod({
      command: ["sh", "-c", fillText(Math.min(bytes / 2, 4_000), (at) => `vllm serve /x/${at} & `)],
      volumeMounts: fill(bytes / 2, (at) => ({ name: "v", mountPath: `/x/${at}` })),
    }),
  "paths with many parts": (bytes) =>
    aPod({
      args: ["--model", fillText(bytes / 2, () => "/a/..")],
      volumeMounts: [{ name: "v", mountPath: fillText(bytes / 2, () => "/./a/../..") }],
    }),
  "paths with many parts, and many mounts": (bytes) =>
    aPod({
      args: ["--model", `/${fillText(bytes / 2, () => "a/")}`],
      volumeMounts: fill(Math.min(bytes / 2, 2_000 * 40), (at) => ({
        name: "v",
        mountPath: `/${"a/".repeat(at % 9)}`,
      })),
    }),
  "downloads, many, and servers": (bytes) =>
    aPod(
      {
        command: [
          "bash",
          "-c",
          fillText(
            Math.min(bytes, 60_000),
            (at) => `hf download acme/m${at} --local-dir /v/${at}; ${at < 120 ? `vllm serve /v/${at} & ` : ""}`,
          ),
        ],
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      },
      { volumes: [{ name: "v", emptyDir: {} }] },
    ),
  "what a client is told: addresses": (bytes) =>
    aPod({
      lifecycle: { postStart: { exec: { command: ["curl", ...fill(bytes, (at) => `10.0.0.${at}/models%41`)] } } },
    }),
  "what a client is told: one long address": (bytes) =>
    aPod({ livenessProbe: { exec: { command: ["curl", `localhost/${fillText(bytes, () => "%2f?url")}`] } } }),
  "hooks and probes": (bytes) =>
    aPod({
      lifecycle: { postStart: { exec: { command: fill(bytes / 2, (at) => `w${at}`) } } },
      livenessProbe: { exec: { command: ["sh", "-c", fillText(bytes / 2, () => "curl x;")] } },
    }),
  "image reference, huge": (bytes) => aPod({ image: fillText(bytes, () => "a/") }),
  "image reference of colons": (bytes) => aPod({ image: fillText(bytes, () => "a:@") }),
  "claims, many": (bytes) =>
    aPod(
      { resources: { claims: fill(bytes / 2, (at) => ({ name: `c${at}` })) } },
      { resourceClaims: fill(bytes / 2, (at) => ({ name: `c${at}`, resourceClaimTemplateName: `t${at}` })) },
    ),
  "claims in containers": (bytes) =>
    anObject("v1", "Pod", {
      containers: fill(Math.min(bytes / 2, 500 * 60), (at) => ({ resources: { claims: [{ name: `c${at}` }] } })),
      resourceClaims: fill(bytes / 2, (at) => ({ name: `c${at}`, resourceClaimName: `r${at}` })),
    }),
  "node selector, many labels": (bytes) =>
    aPod({}, { nodeSelector: Object.fromEntries(fill(bytes, (at) => [`acme.com/l${at}`, "x"])) }),
  "affinity, terms": (bytes) =>
    aPod(
      {},
      affinity(fill(bytes, (at) => ({ matchExpressions: [inOne("nvidia.com/gpu.product", [`NVIDIA-X${at}`])] }))),
    ),
  "affinity, products of values": (bytes) =>
    aPod(
      {},
      affinity([
        {
          matchExpressions: fill(bytes, (at) =>
            inOne(
              "nvidia.com/gpu.product",
              Array.from({ length: 60 }, (_, one) => `NVIDIA-H100-${at * 60 + one}GB`),
            ),
          ),
        },
      ]),
    ),
  "affinity, selector and terms": (bytes) =>
    aPod(
      {},
      {
        nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" },
        ...affinity(
          fill(bytes, (at) => ({
            matchExpressions: [
              inOne("nvidia.com/gpu.product", [`NVIDIA-A${at}`]),
              inOne("nvidia.com/mig.config", ["a"]),
            ],
          })),
        ),
      },
    ),
  "affinity, values": (bytes) =>
    aPod(
      {},
      affinity([
        {
          matchExpressions: [
            inOne(
              "nvidia.com/gpu.product",
              fill(bytes, (at) => `NVIDIA-${at}`),
            ),
          ],
        },
      ]),
    ),
  "deep JSON in a field that nobody reads": (bytes) => aPod({}, { extension: deep("maps", bytes) }),
  "many deep maps in a field that nobody reads": (bytes) =>
    aPod({}, { extension: fill(bytes / 1_000, () => deep("maps", 18_000)) }),
  "deep lists in a field that nobody reads": (bytes) => aPod({}, { extension: deep("lists", bytes) }),
  "many keys in a field that nobody reads": (bytes) =>
    aPod({}, { extension: Object.fromEntries(fill(bytes, (at) => [`k${at}`, at])) }),
  "one huge string": (bytes) => aPod({ workingDir: "/".repeat(bytes) }),
  "huge name": (bytes) => aPod({ name: "a".repeat(bytes / 2) }, {}, { name: "a".repeat(bytes / 2) }),
});

function affinity(nodeSelectorTerms: readonly Json[]): Json {
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

function inOne(key: string, values: readonly string[]): Json {
  return { key, operator: "In", values };
}
