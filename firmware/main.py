import miniviz

miniviz.run()
