# A DHT22 that answers at once, every time with other values.


class DHT22:
    def __init__(self, pin):
        self.count = 0

    def measure(self):
        self.count = (self.count + 1) % 100

    def temperature(self):
        return 20 + self.count / 10

    def humidity(self):
        return 50 + self.count / 10
