#!/bin/bash
# cosign 3.0.2: a private key says with how much of scrypt its password was stretched, and three amounts are taken.
#
# A key of cosign is JSON in PEM: the name of the function (scrypt) with its parameters N, r and p, a salt, a nonce and a secretbox.
# Expected was that the parameters are there to be read, so that a key may be sealed with any amount, and opens as slowly as it says.
# Seen instead: with r = 8 and p = 1, `cosign public-key` opens keys of N = 32,768, of 65,536, which is what cosign writes, and of
# 131,072. One of N = 262,144, which is harder to guess and otherwise alike, is refused with "unsupported scrypt parameters", and so
# is one of N = 16,384.
#
# So who seals keys for cosign with a program of their own has three costs to choose from, whatever the format has room for.
#
# Ends with 1 if any of this has changed. Needs Go, which takes some minutes, and Python.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
cd "$work"
mkdir build
(
  cd build
  export GOPATH="$work/go" GOFLAGS="-modcacherw -mod=mod" CGO_ENABLED=0
  go mod init finding
  go mod edit -require=github.com/sigstore/cosign/v3@v3.0.2
  go build -o "$work/cosign" github.com/sigstore/cosign/v3/cmd/cosign
) > build.log 2>&1 || { tail -n 8 build.log >&2; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet PyNaCl==1.6.0 cryptography==46.0.3
HOME="$work" COSIGN_PASSWORD=otter ./cosign generate-key-pair > generate.log 2>&1
HOME="$work" COSIGN_PASSWORD=otter venv/bin/python3 - <<'PYTHON'
import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from nacl.secret import SecretBox

label = "ENCRYPTED SIGSTORE PRIVATE KEY"


def read(pem):
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    return json.loads(base64.b64decode(body))


def write(content):
    body = base64.b64encode(json.dumps(content).encode()).decode()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def stretch(n, salt):
    return hashlib.scrypt(os.environ["COSIGN_PASSWORD"].encode(), salt=salt, n=n, r=8, p=1, dklen=32, maxmem=2**30)


own = read(Path("cosign.key").read_text())
print("cosign writes", own["kdf"]["name"], own["kdf"]["params"], own["cipher"]["name"])

private = ec.generate_private_key(ec.SECP256R1())
der = private.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
public = private.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def open_with_cosign(n):
    salt, nonce = os.urandom(32), os.urandom(SecretBox.NONCE_SIZE)
    sealed = SecretBox(stretch(n, salt)).encrypt(der, nonce).ciphertext
    content = {
        "kdf": {"name": "scrypt", "params": {"N": n, "r": 8, "p": 1}, "salt": base64.b64encode(salt).decode()},
        "cipher": {"name": "nacl/secretbox", "nonce": base64.b64encode(nonce).decode()},
        "ciphertext": base64.b64encode(sealed).decode(),
    }
    Path("own.key").write_text(write(content))
    ran = subprocess.run(["./cosign", "public-key", "--key", "own.key"], capture_output=True)
    if ran.returncode == 0:
        return "opened" if ran.stdout.strip() == public.strip() else "opened as another key"
    return "unsupported" if b"unsupported scrypt parameters" in ran.stderr else ran.stderr.decode().strip()


seen = {n: open_with_cosign(n) for n in (16_384, 32_768, 65_536, 131_072, 262_144)}
for n, what in seen.items():
    print(f"N = {n:,}: {what}")
expected = {16_384: "unsupported", 32_768: "opened", 65_536: "opened", 131_072: "opened", 262_144: "unsupported"}
sys.exit(0 if seen == expected and own["kdf"]["params"]["N"] == 65_536 else 1)
PYTHON
