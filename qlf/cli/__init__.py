"""The command line: one file for each command. Only here anything is printed, and only here it ends."""
