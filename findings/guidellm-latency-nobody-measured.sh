#!/bin/bash
# guidellm 0.8.1 with `stream=false`: the latency between tokens is 0.0 over a full count, and nobody measured it.
#
# An answer that comes at once has no times of single tokens. Expected was that metrics made of such times have no values, as
# time_to_first_token_ms has none: count 0. Seen instead, of 12 answers of 4 tokens each: inter_token_latency_ms has a count of 36,
# three for each answer, and mean, median, p95 and max are 0.0; time_to_last_round_trip_ms and avg_round_trip_time_ms have a count
# of 12 and 0.0, too. request_totals says that all 12 were successful. In the same file time_per_output_token_ms is some milliseconds.
#
# So a count above 0 does not say that a latency was measured, and "at most 20 ms between tokens" holds for any server that was
# asked without streaming.
#
# guidellm brings torch: up to 9 GB of disk while this runs. Ends with 1 if any of this has changed.
set -euo pipefail
work=$(mktemp -d)
server=
stop() {
  if [ -n "$server" ]; then kill "$server"; fi
  rm -rf "$work"
}
trap stop EXIT
python3 -m venv "$work/venv"
TMPDIR=$work "$work/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check guidellm==0.8.1 click==8.4.2 \
  datasets==5.2.0 httpx==0.28.1 Jinja2==3.1.6 msgpack==1.2.4 numpy==2.4.6 protobuf==7.36.2 pydantic==2.14.4 \
  pydantic-settings==2.16.3 torch==2.15.0 transformers==5.24.0 uvloop==0.23.0
cd "$work"
mkdir home
export HOME="$work/home" HF_HOME="$work/home/hf" HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1
unset XDG_CACHE_HOME
cat > server.py <<'PYTHON'
import http.server
import json
import os


class Model(http.server.BaseHTTPRequestHandler):
    """Says four words at once, after what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer({"object": "list", "data": [{"id": "quill/larch", "object": "model"}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked.get("stream"):
            raise SystemExit("it was asked for a stream")
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        said = "hazel rowan aspen alder"
        choice = {"index": 0, "finish_reason": "stop", "text": said, "message": {"role": "assistant", "content": said}}
        self.answer({"id": "1", "object": "chat.completion", "model": "quill/larch", "choices": [choice], "usage": usage})

    def log_message(self, *rest):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
"$work/venv/bin/python" server.py &
server=$!
for _ in $(seq 100); do
  if [ -e port ]; then break; fi
  sleep 0.1
done
for number in $(seq 20); do
  echo "{\"prompt\": \"Say hazel $number\", \"prompt_tokens_count\": 3, \"output_tokens_count\": 4}"
done > asks.jsonl
timeout 300 "$work/venv/bin/guidellm" run --backend "kind=openai_http,target=http://127.0.0.1:$(cat port),stream=false" \
  --profile kind=concurrent,streams=2 --constraint kind=max_requests,count=12 --data kind=json_file,path=asks.jsonl \
  --output kind=json,path=out.json > log.txt 2>&1 || { tail -n 8 log.txt >&2; exit 1; }
"$work/venv/bin/python" - <<'PYTHON'
import json
import sys

with open("out.json") as file:
    metrics = json.load(file)["benchmarks"][0]["metrics"]


def look(name):
    found = metrics[name]["successful"]
    return [found["count"], *(found[each] for each in ("mean", "median", "max")), found["percentiles"]["p95"]]


nothing = [0.0] * 4
wanted = {
    "time_to_first_token_ms": [0, *nothing],
    "inter_token_latency_ms": [36, *nothing],
    "time_to_last_round_trip_ms": [12, *nothing],
    "avg_round_trip_time_ms": [12, *nothing],
}
seen = {name: look(name) for name in wanted}
totals = {key: metrics["request_totals"][key] for key in ("successful", "total")}
count, mean, *_ = look("time_per_output_token_ms")
if seen != wanted or totals != {"successful": 12, "total": 12} or (count, mean > 0) != (48, True):
    sys.exit(f"changed: expected {wanted}, seen {seen}, {totals}, and {count} times per token of {mean} ms")
for name, (count, *_) in seen.items():
    print(f"{name}: count {count}; mean, median, p95 and max 0.0")
PYTHON
