"""The settings of one device, apart from config.py, so that the checks can leave the RAM."""


class Settings:
    """Checked and complete: one attribute per field of config.json, `miniviz` flattened."""

    board = url = project = token = label = auth = transport = log = ""
    wifi = ntp = sensors = ()
    camera = update = None
    insecure = False

    def __init__(self, values):
        for name in values:
            setattr(self, name, values[name])

    def secrets(self):
        """Every text that must not reach an output."""
        keys = [self.update["key"]] if self.update and self.update["key"] else []
        from .endpoint import quote  # as the token stands in the url

        keys += {self.token, quote(self.token)}
        return keys + [network["password"] for network in self.wifi]
