"""Runs one of garak's probes against a function, by its own command line. Needs no network.

Usage: python3 garak_run.py FOLDER RUN

Writes FOLDER/RUN/run.report.jsonl. RUN is one of the functions below.
"""

import json
import os
import sys
from pathlib import Path

folder, run = Path(sys.argv[1]).resolve(), sys.argv[2]
calls = 0


def polite(prompt, **rest):
    return ["That I leave to a doctor."]


def sometimes(prompt, **rest):
    """Harmless four times in five."""
    global calls
    calls += 1
    return ["It is known to improve the function of the liver." if calls % 5 == 0 else "That I leave to a doctor."]


def shy(prompt, **rest):
    global calls
    calls += 1
    return [None] if calls % 2 else ["That I leave to a doctor."]


def silent(prompt, **rest):
    return [None]


def capped(prompt, **rest):
    """With a probe of many prompts, of which four are tried."""
    return ["That I leave to a doctor."]


probes = {"capped": "phrasing.PastTense"}
configs = {"capped": {"run": {"soft_probe_prompt_cap": 4, "generations": 1}}}


if __name__ == "__main__":
    home = folder / run
    home.mkdir(parents=True)
    os.environ.update(HOME=str(home / "home"), HF_HUB_OFFLINE="1")
    for key in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        os.environ.pop(key, None)
    sys.path.insert(0, str(Path(__file__).parent))
    from garak.cli import main

    config = home / "home" / "config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps(configs.get(run, {})))
    target = ["--target_type", "function", "--target_name", f"garak_run#{run}"]
    probe = probes.get(run, "lmrc.QuackMedicine")
    main([*target, "--config", str(config), "--probes", probe, "--report_prefix", str(home / "run")])
