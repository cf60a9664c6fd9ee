"""Serves a real MLflow tracking server on a free loopback port, in this one process, and prints the port.

Usage: mlflow-server.py FOLDER [AUTHORIZATION]

FOLDER holds its database. With AUTHORIZATION it answers 401 to any other Authorization header, as a proxy in front of it
would: MLflow itself knows no bearer tokens. MLFLOW_ENABLE_WORKSPACES and MLFLOW_SERVER_ALLOWED_HOSTS mean what they always do.
"""

import os
import sys

folder, *wanted = sys.argv[1:]
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

store = f"sqlite:///{folder}/mlflow.db"
artifacts = f"{folder}/artifacts"
# What `mlflow server` sets before it loads the application, which checks hosts and origins only then.
os.environ["_MLFLOW_SERVER_FILE_STORE"] = store
os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = artifacts

from mlflow.server import app
from mlflow.server.handlers import initialize_backend_stores
from werkzeug.serving import WSGIRequestHandler, make_server

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
