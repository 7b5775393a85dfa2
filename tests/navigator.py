"""Holds a layer of the ATT&CK Navigator against MITRE's own reader of layers (PyPI `mitreattack-python`): it must take
all of it without a word, and give back the same. There is no JSON Schema of the format.

    python tests/navigator.py FILE
"""

import contextlib
import copy
import io
import json
import sys

from mitreattack.navlayers import Layer


def is_taken(layer):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            given = Layer(copy.deepcopy(layer), strict=True).to_dict()
        except Exception:  # Whatever the reader raises is a refusal.
            return False
    return given == layer and not said.getvalue()


# What must be refused, so that taking it all means something.
PLANTED = {
    "a technique without its identifier": lambda layer: layer["techniques"][0].pop("techniqueID"),
    "a score that is a text": lambda layer: layer["techniques"][0].update(score="7"),
    "a member that no layer has": lambda layer: layer["techniques"][0].update(rules=1),
    "a domain that is none": lambda layer: layer.update(domain="cloud"),
    "another version of the format": lambda layer: layer["versions"].update(layer="4.1"),
    "a gradient without colours": lambda layer: layer["gradient"].pop("colors"),
}

with open(sys.argv[1], encoding="utf-8") as file:
    layer = json.load(file)
faults = [] if is_taken(layer) else [f"{sys.argv[1]} is not taken"]
for what, plant in PLANTED.items():
    planted = copy.deepcopy(layer)
    plant(planted)
    if is_taken(planted):
        faults.append(f"planted: {what} is taken")
print("\n".join(faults + [f"{len(layer['techniques'])} techniques, {len(faults)} faults"]))
sys.exit(1 if faults else 0)
