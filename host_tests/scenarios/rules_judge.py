"""Judges the cases of a file with miniviz.rules; runs on both runtimes, prints one line per case."""

import binascii
import json
import struct
import sys

from miniviz import image_label, json_size, rules


def build(tagged):
    """The object that a tagged list describes, of any type, exact on both runtimes."""
    tag, body = tagged
    if tag == "int":
        return int(body, 16)
    if tag == "float":
        return struct.unpack(">d", binascii.unhexlify(body))[0]
    if tag == "str":
        return "".join([chr(c) for c in body])
    if tag == "const":
        return (None, False, True)[body]
    if tag == "bytes":
        return binascii.unhexlify(body)
    if tag == "dict":
        return {build(key): build(value) for key, value in body}
    return {"list": list, "tuple": tuple, "set": set}[tag]([build(item) for item in body])


def verdict(check, *args):
    """[rule, message] of the refusal, or ["", ""]."""
    try:
        check(*args)
    except rules.Refused as error:
        return [error.rule, str(error)]
    return ["", ""]


def judge(tagged):
    """Verdict, counted bytes and the JSON text of one [what, arguments...] case."""
    what, args = tagged[0], [build(arg) for arg in tagged[1:]]
    if what == "check":
        rule, message = verdict(rules.check, *args)
        counted = text = None
        if rule in ("", "size"):
            counted = json_size.size(args[1])
        if rule == "":
            text = json.dumps(args[1])
        return [rule, message, counted, text]
    return verdict(getattr(image_label if "image" in what else rules, what), *args)


def main():
    with open(sys.argv[1]) as file:  # noqa: PTH123 - MicroPython has no pathlib
        for line in file:
            print(binascii.hexlify(json.dumps(judge(json.loads(line))).encode()).decode())


if __name__ == "__main__":
    main()
