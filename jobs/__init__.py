"""The processes beside the web: relay, worker and scheduler. They call jobs by name; the work itself is in `store`."""
