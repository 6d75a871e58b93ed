"""The `miniviz` command: one file per verb."""
