"""The official Pico W image on an emulated RP2040, with the devices and the network around it."""
