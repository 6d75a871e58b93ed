"""The shortest text of a 64-bit float; a board, whose floats have 32 bits, never loads this."""

import math


def shortest(value, point):
    """Count of digits, and place of the point after the first of them; the given place may be off by one.

    Exact, where MicroPython's own text is not: it writes 9767.8 as 9767.799999999999.
    """
    mantissa, exponent = math.frexp(value)
    mantissa = int(mantissa * 2**53)
    exponent -= 53
    if exponent < -1074:  # a denormal has fewer bits
        mantissa >>= -1074 - exponent
        exponent = -1074
    # Every number strictly between low and high (the ends included for an even mantissa) reads back as value.
    low = 4 * mantissa - (1 if mantissa == 2**52 and exponent > -1074 else 2)
    high = 4 * mantissa + 2
    step = 1
    power = point - 19
    if exponent >= 2:
        low <<= exponent - 2
        high <<= exponent - 2
    else:
        step <<= 2 - exponent
    if power < 0:
        low *= 10**-power
        high *= 10**-power
    else:
        step *= 10**power
    if mantissa & 1:
        low += 1
        high -= 1
    while high // (step * 10) * (step * 10) >= low:
        step *= 10
        power += 1
    digits = len(str(high // step))
    return digits, digits + power
