"""The settings of one device, apart from config.py, so that the checks can leave the RAM."""


class Settings:
    """Checked and complete: one attribute per field of config.json, `miniviz` flattened."""

    board = url = project = token = label = auth = transport = log = ""
    wifi = ntp = sensors = ()
    camera = None
    insecure = False

    def __init__(self, values):
        for name in values:
            setattr(self, name, values[name])

    def secrets(self):
        """Every text that must not reach an output."""
        return [self.token] + [network["password"] for network in self.wifi]
