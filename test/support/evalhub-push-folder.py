"""Pushes a folder as it is, with the real EvalHub SDK. Prints the reference that the SDK returns.

Usage: python3 evalhub-push-folder.py HOST REPOSITORY FOLDER JOB PROVIDER BENCHMARK
"""

import sys
from pathlib import Path

from evalhub.adapter.models import OCIArtifactSpec
from evalhub.adapter.oci import OCIArtifactContext, OCIArtifactPersister
from evalhub.models.api import OCICoordinates

host, repository, folder, job, provider, benchmark = sys.argv[1:]
context = OCIArtifactContext(job_id=job, benchmark_id=benchmark, provider_id=provider, benchmark_index=0)
coordinates = OCICoordinates(oci_host=host, oci_repository=repository)
spec = OCIArtifactSpec(files_path=Path(folder), coordinates=coordinates)
print(OCIArtifactPersister(context, oci_insecure=True).persist(spec).reference)
