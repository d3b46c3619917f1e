"""What the same lives cost elsewhere: the library as it comes, and the raw limits."""
