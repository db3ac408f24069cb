"""What the site makes from the code while it is built."""
