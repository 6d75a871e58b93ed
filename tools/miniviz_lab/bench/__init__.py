"""What `miniviz bench` measures: each figure beside what people use today and the least the runtime allows."""
