import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment, read } from "../../support/builders/workload.ts";
import { good, passesAsGood, readPod, server, serveGood } from "../good-server.ts";

const sglang = ["python3", "-m", "sglang.launch_server", "--model-path", good];
const load = "http://localhost:30000/update_weights_from_disk";
const onStart = (...command: string[]): Json => ({ lifecycle: { postStart: { exec: { command } } } });
const beside = (container: Json): Json => ({
  containers: [server({ command: serveGood }), { name: "beside", image: "curlimages/curl:8", ...container }],
});

describe("what changes the model of a server that runs", () => {
  it.each<[what: string, podSpec: Json]>([
    ["a hook of the server's own", alone({ command: sglang, ...onStart("curl", "-X", "POST", load) })],
    [
      "a hook in a shell",
      alone({ command: sglang, ...onStart("sh", "-c", `sleep 60; curl -sd '{}' ${load} || true`) }),
    ],
    ["a probe that runs a command", alone({ livenessProbe: { exec: { command: ["curl", "-XPUT", load] } } })],
    [
      "a hook that is a request",
      alone({ lifecycle: { postStart: { httpGet: { path: "/update_weights", port: 80 } } } }),
    ],
    ["a probe that is a request", alone({ readinessProbe: { httpGet: { path: "/models/load?model=x", port: 80 } } })],
    ["the server's own script", alone({ command: ["sh", "-c", `(sleep 9; curl ${load}) & ${sglang.join(" ")}`] })],
    ["a container beside it", beside({ command: ["curl", "-d", "{}", "http://127.0.0.1:8000/v1/load_lora_adapter"] })],
    ["an image that starts as a client", beside({ args: ["-X", "POST", load] })],
    ["a program that is not known, beside it", beside({ command: ["/bin/agent", `--url=${load}`] })],
    ["code, beside it", beside({ command: ["python3", "-c", `import requests; requests.post('${load}')`] })],
    [
      "a request that is written by hand",
      beside({ command: ["sh", "-c", "echo 'POST /update_weights HTTP/1.0' | nc localhost 80"] }),
    ],
    [
      "an init container that goes on",
      {
        ...alone({}),
        initContainers: [
          { name: "i", image: "i", restartPolicy: "Always", command: ["wget", "-qO-", "--post-data", "{}", load] },
        ],
      },
    ],
    [
      "a debugging container",
      {
        ...alone({}),
        ephemeralContainers: [{ name: "d", image: "busybox", command: ["wget", "--post-data=x", load] }],
      },
    ],
  ])("is seen in %s", (_what, podSpec) => {
    const workload = readPod(podSpec);
    expect(passesAsGood(workload)).toBe(false);
    expect(workload.models).toEqual([
      expect.objectContaining({
        name: good,
        unreadable: expect.stringMatching(/which changes what a running server loads/),
      }),
    ]);
  });

  it.each([
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/collective_rpc",
    "/init_weight_transfer_engine",
    "/start_draft_weight_update",
    "/update_weights",
    "/update_weights_from_tensor",
    "/update_weights_from_distributed",
    "/update_weights_from_ipc",
    "/init_weights_update_group",
    "/load_lora_adapter_from_tensors",
    "/models/load",
    "/v1/model/load",
    "/api/pull",
    "/api/create",
    "/api/copy",
    "/models/apply",
    "/backends/apply",
    "/v2/repository/models/otter/load",
    "/v2/repository/models/otter/versions/3/load",
    "/v1/config/reload",
    "/models?url=otter.mar",
    "/prefix/update_weights/",
    "//update_weights#x",
    "/%75pdate_weights",
    "/v1/load%5Flora_adapter",
    `/v2/repository/models/${"o".repeat(300)}/load`,
    `/models?${"batch_size=1&".repeat(20)}url=otter.mar`,
    "/models?model_name=a/b&url=otter.mar",
    "/models?ur%6c=otter.mar",
  ])("is called at %s", (path) => {
    const curl = (url: string): Json => beside({ command: ["curl", "--request", "POST", url] });
    expect(readPod(curl(`http://localhost:8000${path}`)).models[0]?.unreadable).toContain("curl");
    expect(passesAsGood(readPod(curl("http://localhost:8000/health")))).toBe(true);
  });

  it.each([
    ["a name behind a variable", "http://localhost:30000/$(WHICH)"],
    ["escapes of escapes", "http://localhost:30000/%2575pdate_weights"],
    ...["127.1", "2130706433", "LOCALHOST", "localhost.", "u@localhost", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]"].map(
      (host) => [`another name of this machine, ${host}`, `HTTP://${host}:30000/%2575pdate_weights`],
    ),
    ["a whole address that is not known", "$(WHICH)"],
    ["a name that goes on", "localhost:30000/v1/load_lora_adapter$(WHICH)"],
    ["a machine that is not known", "http://$(WHICH):30000/%2575pdate_weights"],
    ["a question", "localhost:8081/models?$(WHICH)"],
    ["a pattern of curl's", "http://127.0.0.1:30000/{health,update_weights}"],
    ["a way round", "localhost:30000/v1/../x"],
  ])("may hide behind %s: a path on this machine that cannot be read", (_what, url) => {
    const env = [{ name: "WHICH", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
    expect(readPod(beside({ command: ["curl", url], env })).models[0]?.unreadable).toMatch(/cannot be read/);
  });

  it.each<[what: string, command: readonly string[]]>([
    ["by gRPC", ["grpcurl", "localhost:8001", "inference.GRPCInferenceService/RepositoryModelLoad"]],
    ["by gRPC, with points", ["grpcurl", "localhost:8001", "inference.GRPCInferenceService.RepositoryModelLoad"]],
    ["with the archive as data", ["curl", "-X", "POST", "-G", "-d", "url=otter.mar", "localhost:8081/models"]],
    ["in pieces", ["sh", "-c", "printf '%s %s HTTP/1.1\\r\\n' POST /v1/load_lora_adapter | nc localhost 8000"]],
    ["in escapes", ["sh", "-c", "printf 'POST /update\\x5fweights HTTP/1.1\\r\\n\\r\\n' | nc -w 1 127.0.0.1 80"]],
    ["by a client in one file", ["busybox", "wget", "-O-", "localhost:80/update_weights"]],
    ["behind more than is looked through", ["curl", "-d", "x".repeat(300 * 1024), "localhost:80/health"]],
    ["in code, with a flag before it", ["node", "-e", "fetch('http:' + '//localhost/update_weights')"]],
  ])("is called %s", (_what, command) => {
    expect(passesAsGood(readPod(beside({ command })))).toBe(false);
  });

  it.each<[what: string, podSpec: Json]>([
    ["a probe of its health", alone({ livenessProbe: { httpGet: { path: "/health", port: 8000 } } })],
    ["a list of models", alone({ startupProbe: { httpGet: { path: "/v1/models", port: 8000 } } })],
    ["a hook that warms it up", alone(onStart("curl", "-d", '{"model":"x"}', "http://localhost:8000/v1/completions"))],
    ["a cache that is emptied", beside({ command: ["curl", "http://localhost:8000/reset_prefix_cache"] })],
    [
      "a message to people",
      beside({
        command: ["curl", "-d", "up", "https://hooks.example/services/$(TOKEN)"],
        env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
      }),
    ],
    ["a look whether it listens", beside({ command: ["nc", "-z", "localhost", "8000"] })],
    [
      "a sign-in that is not known",
      beside({
        command: ["curl", "-H", "$(TOKEN)", "-d", "$(TOKEN)", "http://localhost:8000/v1/completions"],
        env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
      }),
    ],
    [
      "what an image is told of its own",
      beside({
        args: ["--token", "$(TOKEN)", "--list=$(TOKEN)"],
        env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
      }),
    ],
    ["a file of such a name", alone(onStart("touch", "/tmp/update_weights"))],
  ])("is not %s", (_what, podSpec) => {
    expect(passesAsGood(readPod(podSpec))).toBe(true);
  });

  it("is a model that nobody knows, where the server runs elsewhere", () => {
    const container = { args: undefined, command: ["curl", "-d", "{}", "http://ollama.chat:11434/api/pull"] };
    const { models } = read(aDeployment({ container: { image: "curlimages/curl:8", ...container } }));
    expect(models).toEqual([expect.objectContaining({ name: undefined, gap: "opaque" })]);
    expect(models[0]?.unreadable).toMatch(
      /^curl calls \/api\/pull, which changes what a running server loads \(.*command\)$/,
    );
  });
});

function alone(change: Json): Json {
  return { containers: [server({ command: serveGood, ...change })] };
}
