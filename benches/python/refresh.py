"""A cold refresh by python-tuf's ngclient; with a target's path, a look-up too.

refresh.py URL ROOT FOLDER [PATH]

Prints the CPU time of that in seconds; the interpreter's start and its imports are not in it.
"""

import json
import os
import sys
import time

from tuf.ngclient import Updater

url, root, folder, *path = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(root, "rb") as file:
    pinned = file.read()

before = time.process_time()
updater = Updater(
    metadata_dir=folder,
    metadata_base_url=url + "/tuf/metadata/",
    target_dir=folder,
    target_base_url=url + "/tuf/targets/",
    bootstrap=pinned,
)
updater.refresh()
if path and updater.get_targetinfo(path[0]) is None:
    sys.exit("no such target: " + path[0])
print(json.dumps({"cpu": time.process_time() - before}))
