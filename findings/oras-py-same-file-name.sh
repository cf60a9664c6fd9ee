#!/bin/bash
# oras-py 0.2.43, `push` and `pull`: of two files with the same name in two folders, one is gone after a pull.
#
# Evaluators name their folders after the benchmark and their files all the same: mmlu/results.json, gsm8k/results.json. The
# command `oras push` keeps the paths as titles, and pulls both into their folders. Expected was the same of the Python client.
# Seen instead: `push` stores both files, each as a layer with the title "results.json", without the folder. `pull` writes them
# one over the other, raises nothing, and returns the same path twice: two paths for two layers, one file. Which of the two
# results is left is decided by the order in which they were pushed.
#
# So a title of such an artifact is not the name of one file, and who reads results has to go by layers, not by pulled files.
#
# Ends with 1 if any of this has changed. Needs Go, for a registry.
set -euo pipefail
work=$(mktemp -d)
registry=
stop() {
  if [ -n "$registry" ]; then kill "$registry"; fi
  chmod -R u+w "$work" && rm -rf "$work"
}
trap stop EXIT
mkdir "$work/registry-build"
(
  cd "$work/registry-build"
  export GOPATH="$work/go" GOFLAGS="-modcacherw -mod=mod"
  go mod init finding 2> /dev/null
  go mod edit -require=github.com/olareg/olareg@v0.1.2
  go build -o "$work/olareg" github.com/olareg/olareg/cmd/olareg 2> /dev/null
)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check oras==0.2.43 requests==2.34.2
cd "$work"
port=$("$work/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
./olareg serve --dir registry --port "$port" > olareg.log 2>&1 &
registry=$!
mkdir mmlu gsm8k
echo '{"acc": 0.9}' > mmlu/results.json
echo '{"acc": 0.1}' > gsm8k/results.json
"$work/venv/bin/python" - "$port" <<'PYTHON'
import glob
import json
import sys
import time

import oras.client
import requests

registry = f"localhost:{sys.argv[1]}"
for _ in range(100):
    try:
        requests.get(f"http://{registry}/v2/", timeout=1)
        break
    except requests.ConnectionError:
        time.sleep(0.1)

client = oras.client.OrasClient(insecure=True)
pulled = {}
for tag, files in {
    "v1": ["mmlu/results.json", "gsm8k/results.json"],
    "v2": ["gsm8k/results.json", "mmlu/results.json"],
}.items():
    client.push(target=f"{registry}/acme/evals:{tag}", files=files)
    manifest = client.get_manifest(f"{registry}/acme/evals:{tag}")
    titles = [layer["annotations"]["org.opencontainers.image.title"] for layer in manifest["layers"]]
    paths = client.pull(target=f"{registry}/acme/evals:{tag}", outdir=tag)
    there = glob.glob(f"{tag}/**/*.json", recursive=True)
    pulled[tag] = {
        "titles": titles,
        "returned": len(paths),
        "different": len(set(paths)),
        "files": there,
        "acc": json.load(open(there[0]))["acc"],
    }

titles = ["results.json", "results.json"]
wanted = {
    "v1": {"titles": titles, "returned": 2, "different": 1, "files": ["v1/results.json"], "acc": 0.1},
    "v2": {"titles": titles, "returned": 2, "different": 1, "files": ["v2/results.json"], "acc": 0.9},
}
if pulled != wanted:
    sys.exit(f"changed: expected {wanted}, seen {pulled}")
print("two files pushed, two paths returned, one file pulled: the last one")
PYTHON
