"""What `miniviz bench` measures: each one beside what people use today and the least the runtime allows."""
