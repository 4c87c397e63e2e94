"""What a changed spec means for a database that is full: changes with grades, and the SQL that makes them."""
