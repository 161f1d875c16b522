"""Images as arrays of pixels: what is done to them before a net sees them."""
