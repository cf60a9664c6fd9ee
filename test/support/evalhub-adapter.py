"""Runs one benchmark of an EvalHub job as an adapter does in its pod, with the real SDK: pushes results, then reports them.

Usage: python3 evalhub-adapter.py JOB_SPEC NAMESPACE MEASURED

JOB_SPEC is the file that EvalHub's server mounts into the pod. MEASURED is JSON: an object of metrics, or a text, which is
the error that the benchmark ends with. Whatever the SDK has to complain about is on standard error.
"""

import json
import logging
import sys
import tempfile
from pathlib import Path

from evalhub.adapter import DefaultCallbacks, FrameworkAdapter
from evalhub.adapter.models import JobPhase, JobResults, JobStatusUpdate, MessageInfo, OCIArtifactSpec
from evalhub.models.api import EvaluationResult, JobStatus

job_spec, namespace, measured_json = sys.argv[1:]
measured = json.loads(measured_json)
logging.basicConfig(level=logging.WARNING)


class Adapter(FrameworkAdapter):
    def run_benchmark_job(self, config, callbacks):
        callbacks.report_status(JobStatusUpdate(status=JobStatus.RUNNING, phase=JobPhase.RUNNING_EVALUATION))
        if isinstance(measured, str):
            error = MessageInfo(message=measured, message_code="evaluation_failed")
            callbacks.report_status(JobStatusUpdate(status=JobStatus.FAILED, error_message=error))
            return None
        results = JobResults(
            id=config.id,
            benchmark_id=config.benchmark_id,
            benchmark_index=config.benchmark_index,
            model_name=config.model.name,
            results=[EvaluationResult(metric_name=name, metric_value=value) for name, value in measured.items()],
            num_examples_evaluated=100,
            duration_seconds=1.5,
            evaluation_metadata={"framework": config.provider_id},
        )
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "results.json").write_text(results.model_dump_json(indent=2))
            spec = OCIArtifactSpec(files_path=Path(folder), coordinates=config.exports.oci.coordinates)
            results.oci_artifact = callbacks.create_oci_artifact(spec)
        return results


adapter = Adapter(job_spec_path=job_spec)
callbacks = DefaultCallbacks.from_adapter(adapter)
# In a pod a mounted file tells the SDK its namespace, and EvalHub's proxy tells the server who asks.
callbacks._http_client.headers.update({"X-Tenant": namespace, "X-User": "adapter"})
results = adapter.run_benchmark_job(adapter.job_spec, callbacks)
if results is not None:
    callbacks.report_results(results)
