"""What the pages say is tried: blocks run, commands are parsed."""
