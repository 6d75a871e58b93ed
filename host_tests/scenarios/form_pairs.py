"""Parses the form bodies of bodies.json and escapes their texts; prints a list per body."""

import json

from miniviz import form

with open("bodies.json") as file:
    bodies = json.load(file)
for body in bodies:
    try:
        found = form.fields(body.encode(), ("a", "b"))
    except ValueError:
        print(json.dumps(["refused"]))
        continue
    print(json.dumps([found, {name: form.escape(found[name]) for name in found}]))
