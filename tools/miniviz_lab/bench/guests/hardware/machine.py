# The least of a board's machine: a pin. Built into a board, so that it must not weigh in what is measured.


class Pin:
    IN = OPEN_DRAIN = PULL_UP = 1

    def __init__(self, *args, **kwargs):
        pass


PWRON_RESET = 1


def reset_cause():
    return PWRON_RESET
