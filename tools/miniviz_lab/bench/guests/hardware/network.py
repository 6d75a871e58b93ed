# A WiFi that is always joined.
STA_IF = 0


class WLAN:
    def __init__(self, interface):
        pass

    def active(self, on):
        pass

    def config(self, **settings):
        pass

    def isconnected(self):
        return True

    def disconnect(self):
        pass

    def ifconfig(self):
        return ("127.0.0.1", "", "", "")
