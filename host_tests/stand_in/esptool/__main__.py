"""Plays esptool: takes exactly the call that the real one (5.x) takes, notes it, and answers as told."""

import argparse
import json
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser(prog="esptool")
parser.add_argument("--chip", choices=("esp32", "esp32s3", "auto"), default="auto")
parser.add_argument("--port", required=True)
parser.add_argument("--baud", type=int, default=115200)
verbs = parser.add_subparsers(dest="verb", required=True)
write = verbs.add_parser("write-flash")
write.add_argument("--erase-all", action="store_true")
write.add_argument("address", type=lambda text: int(text, 16))
write.add_argument("image", type=Path)
verbs.add_parser("erase-flash")
call = parser.parse_args()

trouble = os.environ.get("STAND_IN_TROUBLE")
if trouble:
    print("esptool v5.6.0\nConnecting......\n" + trouble)
    sys.exit(2)
record = {"chip": call.chip, "port": call.port}
if call.verb == "erase-flash":
    Path(os.environ["STAND_IN_RECORD"]).write_text(json.dumps(record))
    print("Flash memory erased successfully in 0.1 seconds.")
    sys.exit()
data = call.image.read_bytes()
print(f"esptool v5.6.0\nSerial port {call.port}:\nConnecting....")
for percent in (25.0, 50.0, 100.0):
    print(f"Writing at {call.address:#010x} [====>     ] {percent:5.1f}% {len(data)}/{len(data)} bytes...")
record |= {"address": call.address, "erase": call.erase_all}
Path(os.environ["STAND_IN_RECORD"]).write_text(json.dumps({**record, "size": len(data)}))
print("Hash of data verified.\n\nHard resetting via RTS pin...")
