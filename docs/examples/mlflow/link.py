"""Writes into an MLflow run which artifact holds its results: link.py RUN host/repository@sha256:..."""

import sys

from mlflow import MlflowClient

run, reference = sys.argv[1:]
client = MlflowClient()
client.set_tag(run, "assaygate.oci.reference", reference)
client.set_tag(run, "assaygate.oci.digest", reference.split("@")[1])
