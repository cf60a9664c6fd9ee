"""Pushes results as an EvalHub adapter does, with the real SDK. Prints the reference that the SDK returns.

Usage: python3 evalhub-push.py HOST REPOSITORY JOB_RESULTS_JSON ANNOTATIONS_JSON [PROXY]

With PROXY it pushes to that address, as it does in a pod, in place of HOST.
"""

import json
import sys
import tempfile
from pathlib import Path

from evalhub.adapter.models import JobResults, OCIArtifactSpec
from evalhub.adapter.oci import OCIArtifactContext, OCIArtifactPersister
from evalhub.models.api import OCICoordinates

host, repository, results_json, annotations_json, *proxy = sys.argv[1:]
results = JobResults.model_validate_json(results_json)
context = OCIArtifactContext(
    job_id=results.id,
    benchmark_id=results.benchmark_id,
    provider_id="lm_evaluation_harness",
    benchmark_index=results.benchmark_index,
)
coordinates = OCICoordinates(oci_host=host, oci_repository=repository, annotations=json.loads(annotations_json))

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    (folder / "results.json").write_text(results.model_dump_json(indent=2))
    (folder / "logs").mkdir()
    (folder / "logs" / "run.txt").write_text("0 errors\n")
    persister = OCIArtifactPersister(context, oci_insecure=not proxy, oci_proxy_host=proxy[0] if proxy else None)
    print(persister.persist(OCIArtifactSpec(files_path=folder, coordinates=coordinates)).reference)
