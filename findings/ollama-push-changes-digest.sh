#!/bin/bash
# Ollama 0.6.5, `ollama create` and `ollama push`: the digest of a model is another one after the push.
#
# `ollama list` and /api/tags show a digest for each model. Expected was that a registry holds a pushed model by that digest, as
# with images: the digest is the manifest's sha256, and a push does not change a manifest.
# Seen instead: the manifest that `create` writes ends with a line break, and the digest shown is over it. `push` writes the manifest
# anew, without the line break, so that the registry (distribution 3.1.2) answers with another digest. After removing the model and
# pulling it back, list shows the registry's. The layers are the same all the while.
#
# So a digest that was taken down where a model was made names nothing in the registry; only one that the registry told, or that was
# shown after a pull, can pin it.
#
# The last version that builds from its Go module alone was taken. Ends with 1 if any of this has changed. Needs Go and a C++
# compiler, which take some minutes.
set -euo pipefail
work=$(mktemp -d)
programs=()
stop() {
  for program in "${programs[@]}"; do kill "$program"; done
  wait
  chmod -R u+w "$work" && rm -rf "$work"
}
trap stop EXIT
build() { # build NAME MODULE VERSION PACKAGE
  mkdir "$work/build-$1"
  (
    cd "$work/build-$1"
    export GOPATH="$work/go" GOFLAGS="-modcacherw -mod=mod" CGO_CFLAGS=-O1 CGO_CXXFLAGS=-O1
    go mod init finding
    go mod edit -require="$2@$3"
    go build -o "$work/$1" "$4"
  ) > "$work/build-$1.log" 2>&1 || { tail -n 8 "$work/build-$1.log" >&2; exit 1; }
}
build ollama github.com/ollama/ollama v0.6.5 github.com/ollama/ollama
build registry github.com/distribution/distribution/v3 v3.1.2 github.com/distribution/distribution/v3/cmd/registry
cd "$work"
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
at="localhost:$(free_port)"
mkdir home models
export HOME="$work/home" OLLAMA_MODELS="$work/models" OLLAMA_HOST="127.0.0.1:$(free_port)" OTEL_TRACES_EXPORTER=none
cat > registry.yaml <<YAML
version: 0.1
storage: { filesystem: { rootdirectory: $work/blobs } }
http: { addr: "127.0.0.1:${at#*:}" }
YAML
./registry serve registry.yaml > registry.log 2>&1 &
programs+=($!)
./ollama serve > ollama.log 2>&1 &
programs+=($!)
python3 - "$at" <<'PYTHON'
import hashlib
import json
import os
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

at = sys.argv[1]
model = f"{at}/acme/tiny"
media_type = "application/vnd.docker.distribution.manifest.v2+json"


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read(), answer.headers


for url in (f"http://{at}/v2/", f"http://{os.environ['OLLAMA_HOST']}/api/version"):
    for _ in range(100):
        try:
            fetch(url)
            break
        except OSError:
            time.sleep(0.1)


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


# A GGUF file with one tensor.
keys = [("general.architecture", 8, text("llama")), ("llama.block_count", 4, struct.pack("<I", 1))]
gguf = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys))
gguf += b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in keys)
gguf += text("token_embd.weight") + struct.pack("<IQIQ", 1, 32, 0, 0)
gguf += bytes(-len(gguf) % 32) + bytes(128)
Path("tiny.gguf").write_bytes(gguf)
Path("Modelfile").write_text("FROM ./tiny.gguf\n")


def ollama(*words):
    subprocess.run(["./ollama", *words], check=True, capture_output=True)


def look():
    """The digest that is shown, what is stored, and whether the one is of the other."""
    tags, _ = fetch(f"http://{os.environ['OLLAMA_HOST']}/api/tags")
    (shown,) = [one["digest"] for one in json.loads(tags)["models"] if one["name"] == f"{model}:latest"]
    stored = Path("models/manifests", at, "acme/tiny/latest").read_bytes()
    if hashlib.sha256(stored).hexdigest() != shown:
        sys.exit("changed: the digest that is shown is not the stored manifest's")
    return shown, stored


ollama("create", model, "-f", "Modelfile")
made, stored = look()
ollama("push", "--insecure", model)
pushed, headers = fetch(f"http://{at}/v2/acme/tiny/manifests/latest", accept=media_type)
held = headers["Docker-Content-Digest"].removeprefix("sha256:")
shown_after_push, _ = look()
# Another name keeps the layers, so that only the manifest is pulled.
ollama("cp", model, "kept")
ollama("rm", model)
ollama("pull", "--insecure", model)
pulled, _ = look()
seen = {
    "stored is the pushed manifest and a line break": stored == pushed + b"\n",
    "made is held": made == held,
    "after the push the one of before is shown": shown_after_push == made,
    "after a pull the registry's is shown": pulled == held,
}
wanted = dict.fromkeys(seen, True) | {"made is held": False}
if seen != wanted:
    sys.exit(f"changed: expected {wanted}, seen {seen}")
print(f"made here: {made[:12]}, held by the registry: {held[:12]}, shown after a pull: {pulled[:12]}")
PYTHON
