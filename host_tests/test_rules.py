"""The validator's sentences, its edges, and objects that try to break it."""

import math
from base64 import b64encode

import pytest
from miniviz import image_label, image_rules, json_size, rules
from miniviz.refusal import _NO_TEXT


def refusal(check, *args):
    with pytest.raises(rules.Refused) as caught:
        check(*args)
    return caught.value


TOO_BIG = "payload is %d bytes, the limit is 400; the largest value is '%s' with %d: shorten or split it"


@pytest.mark.parametrize(
    ("payload", "rule", "key", "message"),
    [
        ({"note": "n" * 178, "more": "m" * 150, "t": "x" * 45}, "size", "note", TOO_BIG % (406, "note", 180)),
        ({"k" * 400: 1}, "size", "k" * 400, TOO_BIG % (407, "k" * 24 + "...", 1)),
        ({"a": True}, "type", "a", '\'a\' is of type bool; send "true"/"false" or 1/0'),
        ({"a": None}, "type", "a", "'a' is of type NoneType; send str, int or float"),
        ({"b": [1], "a": {}}, "type", "a", "'a' is of type dict; send str, int or float"),
        ({"a": math.nan}, "number", "a", "'a' is nan, which JSON has no number for; leave it out"),
        ({"a": -math.inf}, "number", "a", "'a' is -inf, which JSON has no number for; leave it out"),
        ({"a": "\ud800"}, "text", "a", "'a'" + _NO_TEXT),
        ({"\ud800": 1}, "text", "\ud800", "a key of the payload" + _NO_TEXT),
        ({}, "empty", None, "payload is empty; give at least one value"),
        (
            {str(i): i for i in range(9)},
            "keys",
            None,
            "payload has 9 keys, the limit is 8; send the others as a second payload",
        ),
        ({5: 1}, "key", 5, "a key of the payload is of type int; use a string"),
        ([("a", 1)], "payload", None, "payload is of type list; give a dict"),
    ],
)
def test_a_refusal_names_rule_key_count_and_fix(payload, rule, key, message):
    error = refusal(rules.check, "pot", payload)
    assert (error.rule, error.key, str(error)) == (rule, key, message)
    assert isinstance(error, ValueError)


SECONDS = ": that is in seconds; multiply by 1000"
UNSET = ": that is before 2020; set the clock first"
LATE = ": that is after the year 9999; divide to milliseconds"


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (rules.check_timestamp, 1763845200, "timestamp is 1763845200" + SECONDS),
        (rules.check_timestamp, 946684800000, "timestamp is 946684800000" + UNSET),
        (rules.check_timestamp, 1577836799999, "timestamp is 1577836799999" + UNSET),
        (rules.check_timestamp, -1, "timestamp is -1" + UNSET),
        (rules.check_timestamp, 1763845200000000, "timestamp is 1763845200000000" + LATE),
        (rules.check_timestamp, 1763845200000000000, "timestamp is 1763845200000000000" + LATE),
        (rules.check_timestamp, 10**5000, "timestamp is huge" + LATE),
        (rules.check_timestamp, 1763845200000.0, "timestamp is of type float; give an int of milliseconds"),
        (rules.check_timestamp, True, "timestamp is of type bool; give an int of milliseconds"),
        (image_label.check_image_label, "a b", "label_key of an image has ' '; use A-Z, a-z, 0-9 and -_.:@/"),
        (image_label.check_image_label, "a" * 129, "label_key has 129 characters, the limit is 128"),
        (image_label.check_image_label, "", "label_key is empty; give a string"),
        (image_label.check_image_name, "n" * 256, "image_name has 256 characters, the limit is 255"),
        (image_label.check_image_name, 5, "image_name is of type int; give a string"),
    ],
    ids=lambda value: str(value)[:30] if type(value) is not int else "",
)
def test_time_label_and_name_are_refused_with_the_fix(check, value, message):
    assert str(refusal(check, value)) == message


def test_the_edges_are_taken():
    rules.check("x", {"v": "a" * 391})
    assert json_size.size({"v": "a" * 391}) == 400
    assert refusal(rules.check, "x", {"v": "a" * 392}).rule == "size"
    rules.check("温室 1", {str(i): i for i in range(8)})
    rules.check_timestamp(1577836800000)
    rules.check_timestamp(253402300799999)
    image_label.check_image_label("A-Za-z0-9-_.:@/" + "a" * 113)
    image_label.check_image_name("写" * 255)
    assert len(b64encode(bytes(image_rules.MAX_IMAGE_BYTES))) == image_rules.MAX_IMAGE_BASE64 == 200 * 1024
    assert (rules.MAX_KEYS, rules.MAX_BYTES, image_rules.MIN_IMAGE_SECONDS) == (8, 400, 60)


class Hostile:
    """Raises whatever it is asked for."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def _raise(self, *args):
        raise RuntimeError("asked")

    __repr__ = __str__ = __len__ = __bool__ = __iter__ = __eq__ = __sub__ = _raise
    __hash__ = object.__hash__


class HostileKind(type):
    """A class that will not even tell its name or be compared."""

    @property
    def __name__(cls):
        raise RuntimeError("name")

    def __eq__(cls, other):
        raise RuntimeError("eq")

    __hash__ = type.__hash__


class Nameless(metaclass=HostileKind):
    """Of the kind above."""


class HostileText(str):
    """A str whose methods raise."""

    __slots__ = ()

    def encode(self, *args):
        raise RuntimeError("encode")


class HostileDict(dict):
    """A dict whose methods raise."""

    def __len__(self):
        raise RuntimeError("len")


HOSTILE = [Hostile(), Nameless(), HostileText("x"), HostileDict(a=1), object, type, 1j, ..., print, rules]


@pytest.mark.parametrize("index", range(len(HOSTILE)))  # pytest itself would ask such an object for its name
def test_no_object_makes_it_raise_anything_but_refused(index):
    value = HOSTILE[index]
    for args in ((value, {"a": 1}), ("x", value), ("x", {"a": value})):
        refusal(rules.check, *args)
    if index != 3:  # a dict is no key
        refusal(rules.check, "x", {value: 1})
    for check in (rules.check_timestamp, image_label.check_image_label, image_label.check_image_name):
        refusal(check, value)
