"""Issues of other trackers, and the addresses that begin them."""
