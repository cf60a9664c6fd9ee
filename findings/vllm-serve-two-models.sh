#!/bin/bash
# vLLM 0.33.0, `vllm serve`: of two `--model` flags the FIRST is served, and a positional model beside `--model` is refused.
#
# Expected was what argparse does: the last of two equal flags counts, and (as its help says) the positional argument wins.
# Seen instead: the parser moves the first `--model` to the front, where it becomes the positional argument.
#
#   serve --model one --model two   -> one
#   serve --model=one --model=two   -> one
#   serve one --model two           -> unrecognized arguments: one
#   (without "serve", as in python -m vllm.entrypoints.openai.api_server)
#   --model one --model two         -> two
#   serve x --config=missing.yaml   -> x, and the file is never read: only `--config FILE`, in two words, is
#
# It takes the package's own parser out of the wheel (320 MB, deleted afterwards) and runs nothing else of it.
# Ends with 1 if any of this has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet regex==2026.11.19 PyYAML==6.0.4
"$work/venv/bin/pip" download --quiet --no-deps --no-cache-dir --only-binary :all: --python-version 3.12 \
  --platform manylinux_2_28_x86_64 -d "$work" vllm==0.33.0
(cd "$work" && "$work/venv/bin/python" - <<'PYTHON'
import glob
import importlib.util
import logging
import sys
import types
import zipfile

with zipfile.ZipFile(glob.glob("vllm-*.whl")[0]) as wheel:
    wheel.extract("vllm/utils/argparse_utils.py")
logger = types.ModuleType("vllm.logger")
logger.init_logger = logging.getLogger
sys.modules.update({"vllm": types.ModuleType("vllm"), "vllm.logger": logger})
spec = importlib.util.spec_from_file_location("argparse_utils", "vllm/utils/argparse_utils.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)


def declare(parser):
    parser.add_argument("model_tag", nargs="?")
    parser.add_argument("--model")
    parser.add_argument("--config")


def served(*words):
    """What vllm/entrypoints/cli/serve.py makes of it: `if args.model_tag is not None: args.model = args.model_tag`."""
    parser = module.FlexibleArgumentParser(prog="vllm")
    declare(parser.add_subparsers().add_parser("serve") if words[0] == "serve" else parser)
    try:
        arguments = parser.parse_args(list(words))
    except SystemExit:
        return "refused"
    return arguments.model_tag or arguments.model


expected = {
    ("serve", "--model", "one", "--model", "two"): "one",
    ("serve", "--model=one", "--model=two"): "one",
    ("serve", "one", "--model", "two"): "refused",
    ("--model", "one", "--model", "two"): "two",
    ("serve", "x", "--config=missing.yaml"): "x",
}
changed = False
for words, answer in expected.items():
    found = served(*words)
    changed = changed or found != answer
    print(" ".join(words), "->", found, "" if found == answer else f"(was: {answer})")
sys.exit(1 if changed else 0)
PYTHON
)
