"""What keeps hostile input from doing harm: rules about names and places. Nothing here does I/O."""
