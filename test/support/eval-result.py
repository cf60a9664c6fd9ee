"""Makes and signs an evaluation result with the real proofbundle. Prints the DSSE envelope.

Usage: python3 eval-result.py SEED OPTIONS_JSON

SEED is an Ed25519 private key, 64 hex digits. OPTIONS_JSON: comparator, threshold, score, n, timestamp; version ("v0.1" or
"v0.2"), profile, subject (a sha256, hex), model and dataset (others, for v0.2); registration, the sha256 of a manifest; legacyRoot, without the field that says how the
statement was canonicalised; "statement", fields that replace those of the finished statement before it is signed again.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from proofbundle import dsse, evalclaim, intoto

seed, options = bytes.fromhex(sys.argv[1]), json.loads(sys.argv[2])
signer = Ed25519PrivateKey.from_private_bytes(seed)
issuer = base64.b64encode(signer.public_key().public_bytes_raw()).decode()
claim, _ = evalclaim.build_eval_claim(
    suite="larch-qa",
    suite_version="2.3.0",
    metric="exact_match",
    comparator=options.get("comparator", ">="),
    threshold=options.get("threshold", "0.62"),
    score=options.get("score", "0.71"),
    n=options.get("n", 1200),
    model_id="quillworks/sable-7b",
    dataset_id="larch-qa-dev",
    issuer=f"ed25519:{issuer}",
    timestamp=options["timestamp"],
    prereg_sha256=options.get("registration"),
)
terms = {"subject_profile": options.get("profile", "public-model"), "root_b64": base64.b64encode(bytes(32)).decode()}
if "subject" in options:
    terms |= {"subject_name": "quillworks/sable-7b", "subject_sha256": options["subject"]}
if options.get("legacyRoot"):
    terms |= {"content_root_alg": intoto.LEGACY_CONTENT_ROOT_ALG}
if options.get("version") == "v0.2":
    if "model" in options:
        terms |= {"model": {"name": "quillworks/sable-7b", "digest": {"sha256": options["model"]}}}
    if "dataset" in options:
        terms |= {"dataset": {"name": "larch-qa-dev", "digest": {"sha256": options["dataset"]}}}
    envelope = intoto.export_eval_result_v02_dsse(claim, signer, evaluator_id="https://quillworks.example/evals", **terms)
else:
    envelope = intoto.export_eval_result_dsse(claim, signer, **terms)
if "statement" in options:
    statement = json.loads(base64.b64decode(envelope["payload"])) | options["statement"]
    body = json.dumps(statement).encode()
    envelope = dsse.sign_envelope(body, signer, payload_type=intoto.INTOTO_STATEMENT_PAYLOAD_TYPE)
print(json.dumps(envelope))
