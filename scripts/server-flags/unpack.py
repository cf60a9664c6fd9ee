"""Takes what can be read of a wheel out of it: `python unpack.py WHEEL FOLDER`."""

import sys
import zipfile

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    texts = (".py", ".json", ".toml", "METADATA", "entry_points.txt")
    archive.extractall(folder, [name for name in archive.namelist() if name.endswith(texts)])
