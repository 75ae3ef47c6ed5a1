"""My desk: what needs its reader, across all their processes, what comes, and what changed."""
