"""Every camera against the played hardware in virtual time; prints what became of each picture."""

import binascii
import gc
import json

import world
from miniviz import cameras, image, port

WIRES = {"spi": 0, "sck": None, "mosi": None, "miso": None, "cs": 17, "baudrate": 4000000}
MINI = dict(WIRES, type="arducam_mini", i2c=0, scl=None, sda=None)
MEGA = dict(WIRES, type="arducam_mega")
ESP32 = {"type": "esp32", "warm_up": 5, "xclk_mhz": 10, "image": "ESP32_GENERIC-SPIRAM@AI_THINKER"}
PLAYED = {
    "mini2": (MINI, {"type": "arducam_mini", "sensor": "ov2640", "cs": 17}),
    "mini5": (MINI, {"type": "arducam_mini", "sensor": "ov5642", "cs": 17}),
    "mega3": (MEGA, {"type": "arducam_mega", "id": 0x86, "cs": 17}),
    "mega5": (MEGA, {"type": "arducam_mega", "id": 0x85, "cs": 17}),
    "mega3 old": (MEGA, {"type": "arducam_mega", "id": 0x82, "cs": 17}),
    "mega5 old": (MEGA, {"type": "arducam_mega", "id": 0x81, "cs": 17}),
    "esp32": (ESP32, {"type": "esp32"}),
}


def begin(name, faults=(), **changes):
    """A new world with this camera; its config entry."""
    entry, played = PLAYED[name]
    played = dict(played, detail=0.1)
    played.update(changes.pop("played", {}))
    kind = "esp32" if name == "esp32" else "rp2"
    world.reset(port=kind, camera=played, faults=list(faults))
    world.virtual()
    world.install(port)
    entry = dict(entry, size="640x480", quality=80)
    entry.update(changes)
    return entry


def picture(frame):
    """What the platform would get: width x height and the count of bytes; never held whole."""
    size, head, tail = 0, b"", b""
    body = image.body({"image_name": "x"}, frame)
    count = 0
    for piece in body:
        count += len(piece)
        piece = bytes(piece)
        if piece[:1] not in (b"{", b" ", b'"'):
            piece = binascii.a2b_base64(piece)
            size += len(piece)
            head = head or piece
            tail = (tail + piece)[-2:]
    assert count == body.length
    assert head[:2] == b"\xff\xd8" and tail == b"\xff\xd9"
    at = head.find(b"\xff\xc0")
    return "%dx%d" % (head[at + 7] << 8 | head[at + 8], head[at + 5] << 8 | head[at + 6]), size


def show(case, entry, shots=1):
    gc.collect()
    out = {"case": case, "size": None, "bytes": None, "error": None}
    camera = None
    began = world.elapsed_ms()
    try:
        camera = cameras.create(entry)
        out["sizes"] = camera.SIZES
        for _ in range(shots):
            camera.set(entry["size"], entry["quality"])
            frame = camera.capture()
            out["frame"] = frame.size
            out["size"], out["bytes"] = picture(frame)
            frame.close()
        camera.close()
    except (cameras.CameraError, image.BadImage) as error:
        out["error"] = str(error)
    out["ms"] = world.elapsed_ms() - began
    print(json.dumps(out))
    return camera


def every_size():
    for name in PLAYED:
        entry = begin(name)
        sizes = show(name, entry, 2).SIZES
        for size in sizes:
            show("%s %s" % (name, size), begin(name, size=size, quality=20))
    for size in ("2048x1536", "1600x1200"):
        show("too large " + size, begin("mini2", size=size, quality=1))
    for quality in (1, 35, 50, 80, 100):
        show("quality %d" % quality, begin("mini2", quality=quality))


def faults():
    for name in ("mini2", "mini5", "mega3", "mega5", "esp32"):
        for fault in (
            "camera_absent",
            "camera_stuck",
            "camera_length",
            "camera_dummy",
            "camera_cut",
            "camera_noise",
            "camera_endless",
            "camera_unplugged",
        ):
            # The first pictures settle the exposure: the fault strikes the one that counts too.
            show("%s %s" % (name, fault), begin(name, [{"fault": fault}]))
    show("no module", begin("esp32", played={"type": "arducam_mini", "cs": 17}))
    show("other chip", begin("mega3", played={"id": 0x56}))
    show("wrong chip select", begin("mini2", cs=20))
    show("wrong clock", begin("mini2", sck=2))
    show("no such wire", begin("mini2", sck=3))
    show("no such bus", begin("mini2", spi=2))
    show("wrong i2c", begin("mini2", i2c=1))
    show("wrong scl", begin("mini2", scl=3, sda=4, i2c=0))


def memory():
    """What becomes of the ESP32's camera after a picture, by the memory that is left on the chip."""
    for case, largest in (("memory enough", 90000), ("memory short", 44000)):
        entry = begin("esp32")
        world.own_memory = largest
        camera = cameras.create(entry)
        out = {"case": case, "size": [], "open": [], "starts": []}
        for _ in range(3):
            began = world.elapsed_ms()
            camera.set(entry["size"], entry["quality"])
            frame = camera.capture()
            out["starts"].append(world.elapsed_ms() - began > 500)  # the warm-up takes 5 frames
            out["size"].append(picture(frame)[0])
            frame.close()
            out["open"].append(world.state["camera_open"])
        camera.close()
        out["open"].append(world.state["camera_open"])
        print(json.dumps(out))


every_size()
faults()
memory()
