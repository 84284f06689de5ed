"""Reads metrics with Prometheus' own parser, and holds them to its naming rules: the text on stdin; the samples as JSON
`{NAME: [[LABELS, VALUE], ...]}`, or what is wrong on stderr. With an argument, the rules in that file are read too, and
each metric that they name has to be there."""

import json
import re
import sys

import yaml
from prometheus_client.parser import text_string_to_metric_families

BASE_UNITS = ("_seconds", "_bytes")
OTHER_UNITS = ("_milliseconds", "_ms", "_minutes", "_hours", "_kilobytes", "_megabytes", "_mb", "_kb", "_percent")

text = sys.stdin.read()
wrong, samples, helped = [], {}, set(re.findall(r"^# HELP (\S+) \S", text, re.M))
for family in text_string_to_metric_families(text):
    # The parser takes `_total` off a counter's name.
    name = family.name + ("_total" if family.type == "counter" else "")
    if name not in helped:
        wrong.append(f"{name}: no help")
    if family.type == "unknown":
        wrong.append(f"{name}: no type")
    if family.type != "counter" and name.endswith("_total"):
        wrong.append(f"{name}: only counters end with _total")
    if not re.fullmatch(r"(hotfixd|process)(_[a-z0-9]+)+", name):
        wrong.append(f"{name}: no such name is ours")
    if any(unit in name for unit in OTHER_UNITS):
        wrong.append(f"{name}: not in a base unit")
    if family.type == "histogram" and not name.endswith(BASE_UNITS):
        wrong.append(f"{name}: a histogram without a unit")
    if not family.samples:
        wrong.append(f"{name}: no sample")
    seen = set()
    for sample in family.samples:
        key = (sample.name, tuple(sorted(sample.labels.items())))
        if key in seen:
            wrong.append(f"{sample.name}: twice {sample.labels}")
        seen.add(key)
        samples.setdefault(sample.name, []).append([sample.labels, sample.value])
names = re.findall(r"^# TYPE (\S+)", text, re.M)
wrong += [f"{name}: in two pieces" for name in set(names) if names.count(name) > 1]
for file in sys.argv[1:]:
    for group in yaml.safe_load(open(file))["groups"]:
        for rule in group["rules"]:
            if not {"alert", "expr", "for", "labels", "annotations"} == set(rule):
                wrong.append(f"{rule}: not what an alert has")
            wrong += [f"{rule['alert']}: {name}?" for name in re.findall(r"hotfixd_\w+", rule["expr"]) if name not in samples]
if wrong:
    sys.exit("\n".join(wrong))
print(json.dumps(samples))
