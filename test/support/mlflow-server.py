"""Serves a real MLflow tracking server on a free loopback port, in this one process, and prints the port.

Usage: mlflow-server.py FOLDER [AUTHORIZATION]

FOLDER holds its database. With AUTHORIZATION it answers 401 to any other Authorization header, as a proxy in front of it
would: MLflow itself knows no bearer tokens.
"""

import os
import sys

folder, *wanted = sys.argv[1:]
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR, app
from mlflow.server.handlers import initialize_backend_stores
from werkzeug.serving import WSGIRequestHandler, make_server

store = f"sqlite:///{folder}/mlflow.db"
artifacts = f"{folder}/artifacts"
os.environ[BACKEND_STORE_URI_ENV_VAR] = store
os.environ[ARTIFACT_ROOT_ENV_VAR] = artifacts
initialize_backend_stores(store, store, artifacts)


def guarded(environ, start_response):
    if wanted and environ.get("HTTP_AUTHORIZATION") not in wanted:
        start_response("401 Unauthorized", [("Content-Type", "text/html")])
        return [b"<h1>Log in</h1>"]
    return app(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


server = make_server("127.0.0.1", 0, guarded, threaded=True, request_handler=Quiet)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
