"""Boards without hardware: fakes, a virtual board, a time server that lies on request."""
