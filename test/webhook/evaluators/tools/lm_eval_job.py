"""Makes the artifact that TrustyAI's LMEvalJob pushes with outputs.oci, by the library that its script calls.

Usage: python3 lm_eval_job.py FOLDER LAYOUT [SUBJECT-DIGEST SUBJECT-SIZE]

FOLDER is what lm-evaluation-harness was given as output path: of a single folder in it only that one is packed.
https://github.com/opendatahub-io/lm-evaluation-harness
"""

import sys
from pathlib import Path

from olot.oci.oci_image_manifest import ContentDescriptor
from olot.oci_artifact import create_simple_oci_artifact

folder, layout, *about = sys.argv[1:]
inside = [path for path in Path(folder).iterdir() if path.is_dir()]
source = inside[0] if len(inside) == 1 else Path(folder)
Path(layout).mkdir(parents=True)
subject = None
if about:
    digest, size = about
    subject = ContentDescriptor(mediaType="application/vnd.oci.image.manifest.v1+json", digest=digest, size=int(size))
create_simple_oci_artifact(source, Path(layout), subject=subject)
