"""Search across everything that one may see, and the palette that jumps and acts."""
