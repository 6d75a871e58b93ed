import importlib
from miniviz_lab.pico import copies, power_cuts

importlib.reload(copies)
importlib.reload(power_cuts)
